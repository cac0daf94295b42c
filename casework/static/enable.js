// The design system shows its scripted parts only under these classes. A file of its own, because the content
// policy allows no script within a page; it runs before the page is drawn, so nothing jumps.
document.body.className += ' js-enabled' + ('noModule' in HTMLScriptElement.prototype ? ' govuk-frontend-supported' : '')
