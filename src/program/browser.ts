/**
 * Opens an address in the person's browser.
 *
 * @returns Whether there is something to open it with; what happens then is out of our hands.
 */
export function openBrowser(address: string): boolean {
  const command = opener(address);
  if (command === undefined || Bun.which(command[0]) === null) return false;
  try {
    Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "ignore" }).unref();
    return true;
  } catch {
    return false;
  }
}

function opener(address: string): [string, ...string[]] | undefined {
  switch (process.platform) {
    case "win32":
      // Not `cmd /c start`: it would read "&" in an address as the end of the command.
      return ["rundll32", "url.dll,FileProtocolHandler", address];
    case "darwin":
      return ["open", address];
    default: {
      const { DISPLAY, WAYLAND_DISPLAY } = process.env;
      return DISPLAY || WAYLAND_DISPLAY ? ["xdg-open", address] : undefined;
    }
  }
}
