// Comfort only: the items of an agenda can be dragged. The buttons beside each do the same by keyboard, without a script.
const form = document.querySelector('[data-agenda]')
const list = form?.querySelector('ol')

const order = () => [...list.querySelectorAll('[data-item]')].map((item) => item.dataset.item).join(' ')

function itemBelow (y, dragged) {
  return [...list.querySelectorAll('[data-item]')]
    .filter((item) => item !== dragged)
    .find((item) => {
      const box = item.getBoundingClientRect()
      return y < box.top + box.height / 2
    })
}

function start () {
  let dragged = null
  for (const item of list.querySelectorAll('[data-item]')) {
    item.draggable = true
    item.addEventListener('dragstart', (event) => {
      dragged = item
      item.classList.add('app-slot--dragged')
      event.dataTransfer.effectAllowed = 'move'
      event.dataTransfer.setData('text/plain', '')
    })
    item.addEventListener('dragend', () => {
      item.classList.remove('app-slot--dragged')
      dragged = null
      if (order() !== form.elements.order.value) {
        form.elements.order.value = order()
        form.submit()
      }
    })
  }
  list.addEventListener('dragover', (event) => {
    if (!dragged) return
    event.preventDefault()
    list.insertBefore(dragged, itemBelow(event.clientY, dragged) ?? null)
  })
  list.addEventListener('drop', (event) => event.preventDefault())
}

if (list) start()
