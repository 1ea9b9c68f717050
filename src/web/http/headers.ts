/** The headers of every response (P6). */
export const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

/** For a page that pages of these hosts may show in a frame, and no others. */
export function framedBy(hosts: readonly string[]): Record<string, string> {
  const policy = securityHeaders['content-security-policy'];
  const ancestors = hosts.length > 0 ? hosts.join(' ') : "'none'";
  return {
    'content-security-policy': policy.replace("frame-ancestors 'none'", `frame-ancestors ${ancestors}`),
  };
}

/** For a mail in a sandboxed frame of our own page: it may use its own styles and open its links, nothing else. */
export const mailHeaders = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'",
};

/** A browser that used https uses only https for a year. */
export const httpsOnly = { 'strict-transport-security': 'max-age=31536000' };
