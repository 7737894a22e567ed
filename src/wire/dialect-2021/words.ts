/*
 * What the programs of the 2021 assignment say to each other. There is no framing: a message is whatever one
 * `recv(1024)` of the other side returns, and boundaries exist only because the writer pauses.
 */

/** A message that is exactly this begins a file. */
export const fileWord = "FILE";
/** Stands before every file's name. */
export const filePrefix = "client_";
/** The answer to a login when nobody used the room before. */
export const createdWord = "New Group created";
/** The answer to any other login. */
export const welcomeWord = "Welcome to chat room";

/** The original server takes this out of a user's name, wherever it stands. */
const userWord = "User ";
/** And this out of a room's id. */
const roomWord = "Join ";

/** The name that the original server makes of what a client sends as its user. */
export function userOf(message: string): string {
  return message.replaceAll(userWord, "");
}

/** The room's id that the original server makes of what a client sends. */
export function roomOf(message: string): string {
  return message.replaceAll(roomWord, "");
}

/** What stands before a member's text. */
export function labelOf(name: string): string {
  return `[${name}] `;
}
