// For the forms that follow: the browser's time zone, and the work that is asked for while very many sign up. Without this
// script they work by themselves.
const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
for (const guessed of document.querySelectorAll('[data-guess="timezone"]')) {
  const own = [...(guessed.options ?? [])].find(({ value, dataset }) =>
    [value, dataset.also].includes(timeZone),
  );
  if (own) own.selected = true;
  else if (!guessed.options) guessed.value = timeZone;
}

const proof = document.querySelector('input[data-challenge]');
const status = document.querySelector('#proof-status');
if (proof && status) {
  const challenge = JSON.parse(proof.dataset.challenge);
  status.textContent = status.dataset.working;
  const [{ solveChallenge }, { deriveKey }] = await Promise.all([
    import('./altcha/pow.js'),
    import('./altcha/algorithms/web/sha.js'),
  ]);
  const solution = await solveChallenge({ challenge, deriveKey });
  if (solution) {
    proof.value = btoa(JSON.stringify({ challenge, solution }));
    status.textContent = status.dataset.done;
  }
}
