// Every choice is kept at once, so that a page left half-done goes on where it was.
const form = document.querySelector("form[data-keep]");
form.addEventListener("change", () => {
  const choices = new FormData(form);
  choices.set("keep", "quietly");
  fetch(form.action, { method: "POST", body: choices, keepalive: true });
});
