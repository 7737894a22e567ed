import { Refusal } from "./errors.ts";
import { limits } from "./limits.ts";
import { utf8Length } from "./utf8.ts";

// Everything that would steer a terminal or a text view; tab and line feed are text. CR LF becomes LF first.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/;
const controlsAll = new RegExp(controls, "g");

/**
 * Makes the text of a message fit to be shown: LF as the line end, no control characters, no lone surrogates.
 *
 * @throws {Refusal} "text-empty" or "text-too-long".
 */
export function checkText(raw: string): string {
  let text = raw.isWellFormed() ? raw : raw.toWellFormed();
  if (controls.test(text)) text = text.replace(/\r\n?|[\u2028\u2029]/g, "\n").replace(controlsAll, "");
  if (text.trim() === "") throw new Refusal("text-empty", "Write something: the text is empty");
  // Three bytes a unit at most: a text that cannot be too long need not be counted.
  if (text.length * 3 > limits.textBytesMax) {
    const bytes = utf8Length(text);
    if (bytes > limits.textBytesMax) {
      throw new Refusal(
        "text-too-long",
        `Send at most ${limits.textBytesMax} bytes of text: this one has ${bytes}`,
      );
    }
  }
  return text;
}
