// Before the first paint, so that a theme chosen here does not flash in after the system's. The UI keeps the
// choice under this key (src/ui/models/settings.ts), and follows it from then on (src/ui/views/page.ts).
try {
  const { theme } = JSON.parse(localStorage.getItem("pendopo/settings") ?? "{}");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // A forbidden storage or an unreadable value: the system's theme it is.
}
