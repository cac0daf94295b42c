// Questions that depend on an answer, and a word before a half-filled form is left.

function answersTo(form, name) {
  return [...new FormData(form).getAll(name)]
}

// A question that depends on answers is shown when any of them is chosen.
export function showDependents() {
  for (const question of document.querySelectorAll('[data-depends]')) {
    const form = question.closest('form')
    if (!form) continue
    const [name, wanted] = question.dataset.depends.split('=')
    const codes = wanted.split(',')
    const show = () => { question.classList.toggle('app-unasked', !answersTo(form, name).some((answer) => codes.includes(answer))) }
    form.addEventListener('change', show)
    show()
  }
}

// On a phone a filter would push its list off the screen: it starts folded, with its heading to open it.
export function foldOnPhone() {
  if (!window.matchMedia('(max-width: 640px)').matches) return
  for (const part of document.querySelectorAll('[data-fold-on-phone]')) part.open = false
}

// A form says in its data-changed whether it holds something that was typed and is kept nowhere.
export function guardForms() {
  for (const form of document.querySelectorAll('form[data-guard]')) {
    form.addEventListener('input', () => { form.dataset.changed = 'yes' })
    form.addEventListener('submit', () => { delete form.dataset.changed })
  }
  window.addEventListener('beforeunload', (event) => {
    if (document.querySelector('form[data-changed]')) event.preventDefault()
  })
}
