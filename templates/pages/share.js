// One button shares the page's link: with the device's own list of programs, else it is copied. Without this script, or
// where a browser allows neither, the link stands in a field.
const share = document.querySelector('.share');
const fold = share?.querySelector('details');
const link = share?.querySelector('input');
const button = share?.querySelector('button');
const said = share?.querySelector('[role="status"]');

const showLink = () => {
  button.hidden = true;
  fold.hidden = false;
  fold.open = true;
  link.focus();
  link.select();
};
const pass = async () => {
  if (navigator.share) return navigator.share({ title: document.title, url: link.value });
  await navigator.clipboard.writeText(link.value);
  said.textContent = said.dataset.copied;
};

link?.addEventListener('focus', () => link.select());
if (button && (navigator.share || navigator.clipboard)) {
  fold.hidden = true;
  button.hidden = false;
  button.addEventListener('click', () => {
    said.textContent = '';
    // A reader who closes the list of programs has not been refused anything.
    pass().catch((error) => error.name === 'AbortError' || showLink());
  });
}
