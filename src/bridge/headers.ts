/*
 * What every response of the bridge says, whatever it answers: pages, files, API, refusals, redirects, upgrades.
 */

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "font-src 'self'",
  // Covers ws://localhost:PORT too: 'self' matches the WebSocket scheme of the same host and port (CSP 3 §6.7.2.8).
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // Nobody may make HTML or script addresses from text: Preact sets neither unless it is asked to.
  "trusted-types 'none'",
].join("; ");

/** The headers of DESIGN §7. */
export const securityHeaders = {
  "Content-Security-Policy": policy,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "X-Frame-Options": "DENY",
  "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
} as const;

/**
 * Adds the headers that every response carries, but for a stricter policy that it has already; unless it says
 * otherwise, nobody may keep a copy.
 */
export function secure(response: Response): Response {
  for (const [name, value] of Object.entries(securityHeaders)) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  if (!response.headers.has("Cache-Control")) response.headers.set("Cache-Control", "no-store");
  return response;
}
