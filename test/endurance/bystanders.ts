import { check } from "./checker.ts";
import type { Server } from "./server.ts";
import { findings, Speaker } from "./speaker.ts";

/** Two who talk while others attack the server: nothing may disturb them. */
export class Bystanders {
  readonly #room = "bystanders";
  readonly #two: [Speaker, Speaker];

  private constructor(private readonly server: Server) {
    const way = { port: server.port, room: this.#room };
    this.#two = [new Speaker("Bystander 1", way), new Speaker("Bystander 2", way)];
  }

  static async arrive(server: Server): Promise<Bystanders> {
    const bystanders = new Bystanders(server);
    await Promise.all(bystanders.#two.map((each) => each.inRoom()));
    return bystanders;
  }

  /** Each says something, and both have seen all of it. */
  async exchange(): Promise<void> {
    for (const each of this.#two) each.post();
    const said = this.said;
    await Promise.all(
      this.#two.map((each) =>
        each.until(() => each.seen.filter(({ n }) => n).length === said, "all that was said"),
      ),
    );
  }

  /** Messages so far. */
  get said(): number {
    return this.#two.reduce((sum, { posts }) => sum + posts.length, 0);
  }

  get delays(): number[] {
    return this.#two.flatMap(({ delays }) => delays);
  }

  /** Goes. @returns What was wrong, for them and with the server. */
  async leave(): Promise<string[]> {
    const violations: string[] = [];
    if (this.server.isRunning)
      violations.push(...check(await findings(this.#two, { port: this.server.port, room: this.#room })));
    else violations.push("The server has ended");
    for (const { name, joins, refusals, stop } of this.#two) {
      if (joins !== 1) violations.push(`${name} was sent away ${joins - 1} times`);
      for (const code of refusals.keys()) violations.push(`${name} was told "${code}"`);
      stop.call(this.#two.find((each) => each.name === name));
    }
    if (this.server.stderr !== "") violations.push(`The log says: ${this.server.stderr}`);
    return violations;
  }
}
