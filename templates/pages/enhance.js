// The search box offers conditions while one types: a combobox with a list (WAI-ARIA APG). Without this script the form
// works by itself.
const form = document.querySelector('form[data-suggest]');
const input = form?.querySelector('#q');
const status = form?.querySelector('[role="status"]');
if (form && input && status) {
  const list = document.createElement('ul');
  list.id = 'q-list';
  list.className = 'offers';
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', form.querySelector('label').textContent);
  list.hidden = true;
  input.after(list);
  for (const [name, value] of Object.entries({
    role: 'combobox',
    'aria-expanded': 'false',
    'aria-controls': list.id,
    'aria-autocomplete': 'list',
  }))
    input.setAttribute(name, value);

  let options = [];
  let at = -1;
  let asked = 0;
  let timer = 0;

  // After Back what was typed is there again: WebKit empties a field without autocompletion, also in a page it kept.
  const remember = () => history.replaceState({ typed: input.value }, '');
  const recall = () => {
    input.value ||= history.state?.typed ?? '';
  };
  form.addEventListener('submit', remember);
  window.addEventListener('pageshow', () => setTimeout(recall));

  const email = form.querySelector('[type="email"]');
  // Nothing that was typed is lost: beside an address, the choice only fills the box.
  const choose = ({ dataset }) => {
    if (!email?.value) {
      remember();
      return location.assign(dataset.href);
    }
    input.value = dataset.name;
    close();
  };

  const close = () => {
    // An answer that comes later no longer opens the list.
    clearTimeout(timer);
    asked += 1;
    list.hidden = true;
    at = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };
  const mark = (next) => {
    options[at]?.setAttribute('aria-selected', 'false');
    at = next;
    const option = options[at];
    if (!option) return input.removeAttribute('aria-activedescendant');
    option.setAttribute('aria-selected', 'true');
    option.scrollIntoView({ block: 'nearest' });
    input.setAttribute('aria-activedescendant', option.id);
  };
  const make = ({ href, name, also, note }, index) => {
    const option = document.createElement('li');
    option.id = `q-offer-${index}`;
    option.setAttribute('role', 'option');
    option.setAttribute('aria-selected', 'false');
    Object.assign(option.dataset, { href, name });
    const small = document.createElement('span');
    small.className = 'quiet';
    small.textContent = [also, note].filter(Boolean).join(' · ');
    option.append(name, ' ', small);
    return option;
  };
  const show = ({ suggestions, said }) => {
    options = suggestions.map(make);
    list.replaceChildren(...options);
    at = -1;
    input.removeAttribute('aria-activedescendant');
    list.hidden = options.length === 0;
    input.setAttribute('aria-expanded', String(options.length > 0));
    status.textContent = said;
  };
  const ask = async () => {
    const mine = ++asked;
    const typed = input.value.trim();
    if (typed.length < 2 || /nct\s*\d|\d{4}|:\/\//i.test(typed)) {
      status.textContent = '';
      return close();
    }
    try {
      const answer = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(typed.slice(0, 100))}`);
      if (answer.ok && mine === asked) show(await answer.json());
    } catch {
      if (mine === asked) close();
    }
  };

  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 150);
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !list.hidden) {
      event.preventDefault();
      close();
    } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && options.length > 0) {
      event.preventDefault();
      list.hidden = false;
      input.setAttribute('aria-expanded', 'true');
      const step = event.key === 'ArrowDown' ? 1 : -1;
      mark(at === -1 && step === -1 ? options.length - 1 : (at + step + options.length) % options.length);
    } else if (event.key === 'Enter' && !list.hidden && at >= 0) {
      event.preventDefault();
      choose(options[at]);
    }
  });
  // Before the field loses the focus, which closes the list.
  list.addEventListener('mousedown', (event) => event.preventDefault());
  list.addEventListener('click', (event) => {
    const option = event.target.closest('[role="option"]');
    if (option) choose(option);
  });
  input.addEventListener('blur', close);
  // A page that is left with its list open would show it after Back.
  window.addEventListener('pagehide', close);
}
