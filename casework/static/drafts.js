// Sends what is typed so far to the server, which seals it as a draft. Nothing is ever kept in the browser.

const PAUSE_MS = 3000

function clock() {
  return new Date().toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
}

function saver(form) {
  const status = form.querySelector('[data-autosave-status]')
  let timer
  let sent = new URLSearchParams(new FormData(form)).toString()

  async function save() {
    const typed = new URLSearchParams(new FormData(form))
    if (typed.toString() === sent) return
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: 'POST',
        body: typed,
        credentials: 'same-origin',
        redirect: 'manual',
        headers: { Accept: 'application/json' },
      })
      if (!answer.ok) throw new Error(String(answer.status))
      sent = typed.toString()
      if (new URLSearchParams(new FormData(form)).toString() === sent) delete form.dataset.changed
      document.dispatchEvent(new Event('casework:request'))
      if (status) status.textContent = `Draft kept at ${clock()}`
    } catch {
      if (status) status.textContent = 'The draft could not be kept just now. What you typed is still on this page.'
    }
  }

  form.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(save, PAUSE_MS)
  })
  form.addEventListener('submit', () => clearTimeout(timer))
}

export function saveDrafts() {
  for (const form of document.querySelectorAll('form[data-autosave]')) saver(form)
}
