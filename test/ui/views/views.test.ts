import { describe, expect, test } from "bun:test";
import type { AxeResults, RunOptions } from "axe-core";
import type { Locator, Page } from "playwright-core";
import { useGallery, type Wish } from "./page.ts";

declare global {
  // In the page.
  var axe: { run(options: RunOptions): Promise<AxeResults> };
}

const wide: Wish = { theme: "light" };
const narrow: Wish = { theme: "dark", lang: "id", width: 360, height: 740 };

const shows: [scenes: string, wish: Wish][] = [
  ["loading start start-remembered login login-taken login-key", wide],
  ["room waiting stopped refused legacy", wide],
  ["empty welcome texts unread", wide],
  ["out-closed out-removed out-deleted", wide],
  ["out-closed out-removed out-deleted", narrow],
  ["long notices no-room", wide],
  ["dialog-join dialog-leave dialog-rename dialog-free", wide],
  ["dialog-switch dialog-keys popover-people popover-invite", wide],
  ["popover-room-menu popover-me-menu popover-attach-menu", wide],
  ["files pictures chips unfinished drop", wide],
  ["direct direct-away popover-files popover-files-none popover-invite-closed", wide],
  ["dialog-image dialog-folder", wide],
  ["popover-security popover-security-plain changed changed-plain", wide],
  ["dialog-carry-made dialog-carry-making dialog-carry-used dialog-carry-over dialog-carry-failed", wide],
  ["dialog-take-pasting dialog-take-asking dialog-take-found dialog-take-other", wide],
  ["dialog-take-same dialog-take-gone dialog-take-offline start-carried dialog-free-this", wide],
  ["changed changed-plain", narrow],
  ["dialog-carry-made dialog-carry-used dialog-take-pasting dialog-take-other", narrow],
  ["start-carried dialog-free-this popover-people", narrow],
  ["dialog-all dialog-join-lobby dialog-make dialog-unlock dialog-rekey", wide],
  ["dialog-open dialog-remove dialog-delete popover-people-managed popover-room-menu-managed", wide],
  ["dialog-all dialog-join-lobby dialog-rekey dialog-remove", narrow],
  ["dialog-make popover-people-managed popover-room-menu-managed", narrow],
  ["start-remembered login-taken room", narrow],
  ["waiting stopped texts legacy", narrow],
  ["dialog-rename popover-people popover-invite", narrow],
  ["files pictures chips unfinished direct", narrow],
  ["popover-files dialog-image dialog-folder", narrow],
];

const axeSource = await Bun.file(Bun.fileURLToPath(import.meta.resolve("axe-core/axe.min.js"))).text();
const { on, calls, focused, complaints } = useGallery();

describe("Every view is mounted, breaks no policy and is open to all", () => {
  for (const [scenes, wish] of shows) {
    test(`${scenes}: ${wish.theme}, ${wish.width ?? "wide"}`, async () => {
      for (const scene of scenes.split(" ")) {
        expect(await on(scene, (page) => audit(page, scene), wish)).toEqual([]);
      }
      expect(complaints()).toEqual([]);
    });
  }

  async function audit(page: Page, scene: string): Promise<string[]> {
    if (/^(dialog|popover)-/.test(scene)) await page.getByRole("dialog").waitFor();
    // By evaluate: a script element of axe's would not pass the page's policy.
    await page.evaluate(axeSource);
    const { violations } = await page.evaluate(() => axe.run({ resultTypes: ["violations"] }));
    const isWider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map((node) => `${scene}: ${id}: ${node.html} ${node.failureSummary}`))
      .concat(isWider ? [`${scene}: wider than the window`] : []);
  }
});

describe("The start page", () => {
  test("Both ways in can be taken", async () => {
    await on("start-remembered", async (page) => {
      await page.getByRole("button", { name: "Host here" }).click();
      await page.getByLabel("Address").press("Enter");
      await page.getByRole("button", { name: "pendopo.lan:4000", exact: true }).click();
      await page.getByRole("button", { name: "Forget 192.168.1.5" }).click();
      expect(await calls()).toEqual(["host", "join", "join", "forget 192.168.1.5"]);
      expect(await page.getByLabel("Address").inputValue()).toBe("pendopo.lan:4000");
    });
  });
});

describe("The login", () => {
  test("Its fields have their names, in both languages, and Enter enters", async () => {
    await on("login", async (page) => {
      expect(
        await page
          .getByLabel("Your name", { exact: true })
          .evaluate((field) => field === document.activeElement),
      ).toBe(true);
      await page.getByLabel("Your name", { exact: true }).fill("Ada");
      await page.getByRole("radio", { name: "Bahasa Indonesia" }).check();
      expect(await page.getByLabel("Nama Anda", { exact: true }).inputValue()).toBe("Ada");
      expect(await page.evaluate(() => document.documentElement.lang)).toBe("id");
      await page.getByLabel("Ruang", { exact: true }).fill("lobi");
      await page.getByRole("button", { name: "Masuk", exact: true }).click();
      await page.getByLabel("Ruang", { exact: true }).press("Enter");
      expect(await calls()).toEqual(["enter", "enter"]);
    });
  });

  test("A taken name is told at its field, and the suggestion is one press away", async () => {
    await on("login-taken", async (page) => {
      const field = page.getByLabel("Your name", { exact: true });
      expect(await field.getAttribute("aria-invalid")).toBe("true");
      const about = await field.getAttribute("aria-describedby");
      expect(await page.locator(`[id="${about}"]`).textContent()).toContain("The name Ada is taken here");
      await page.getByRole("button", { name: "Use Ada 2" }).click();
      expect(await calls()).toEqual(["takeSuggestion"]);
    });
  });
});

describe("A room key", () => {
  const focusOn = (field: Locator) => field.and(field.page().locator(":focus")).waitFor();

  test("What is wrong with it is told at its field, which has the focus, at the login", async () => {
    await on("login-key", async (page) => {
      const key = page.getByLabel("Room key");
      await focusOn(key);
      expect(await key.getAttribute("aria-invalid")).toBe("true");
      const room = page.getByLabel("Room", { exact: true });
      expect(await room.getAttribute("aria-invalid")).toBe("false");
      await room.focus();
      await page.evaluate(() => {
        gallery.app.login.keyProblem.value = { key: "problem.room-key-wrong", values: { room: "lobby" } };
      });
      await page.getByText("There is no closed room lobby with this key").waitFor();
      await focusOn(key);
    });
  });

  test("and in the dialog to join a room", async () => {
    await on("dialog-join", async (page) => {
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Room", { exact: true }).fill("attic");
      for (const problem of ["problem.room-closed", "problem.room-key-wrong"] as const) {
        await page.evaluate((key) => {
          gallery.app.answer.value = { key, values: { room: "attic" } };
        }, problem);
        await dialog.getByRole("button", { name: "Join" }).click();
        const key = dialog.getByLabel("Room key");
        await key.and(page.locator('[aria-invalid="true"]')).waitFor();
        await focusOn(key);
        await key.fill("three green hats");
      }
    });
  });
});

describe("A problem", () => {
  /** Whether a text has several lines, and its icon stands beside them. */
  async function isBeside(icon: Locator, text: Locator): Promise<[isLong: boolean, isBeside: boolean]> {
    const [sign, words] = [await icon.boundingBox(), await text.boundingBox()];
    if (!sign || !words) throw new Error("Cannot compare: one of them is not shown");
    const isLong = words.height > 1.5 * sign.height;
    const isLevel = sign.y + sign.height <= words.y + words.height && sign.y >= words.y - 2;
    return [isLong, isLevel && words.x >= sign.x + sign.width];
  }

  test("Its icon stands beside the sentence, however many lines that has", async () => {
    await on(
      "start-remembered",
      async (page) => {
        const problem = page.locator(".problem");
        expect(await isBeside(problem.locator(".icon"), problem.locator("span"))).toEqual([true, true]);
      },
      narrow,
    );
    for (const scene of ["waiting", "stopped"]) {
      await on(
        scene,
        async (page) => {
          for (const banner of await page.locator(".banner").all()) {
            const text = banner.locator("p").first();
            expect(await isBeside(banner.locator(".icon").first(), text)).toEqual([true, true]);
          }
        },
        narrow,
      );
    }
  });
});

describe("The composer", () => {
  test("Enter sends, Shift+Enter breaks the line, an input method's Enter does neither", async () => {
    await on("room", async (page) => {
      const field = page.getByRole("textbox", { name: "Message", exact: true });
      await field.fill("one");
      await field.press("Shift+Enter");
      await field.pressSequentially("two");
      await field.evaluate((element) => {
        for (const init of [{ isComposing: true }, { keyCode: 229 }]) {
          element.dispatchEvent(
            new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...init }),
          );
        }
      });
      expect((await calls()).filter((call) => call !== "typed")).toEqual([]);
      await field.press("Enter");
      await field.fill("three");
      await page.getByRole("button", { name: "Send", exact: true }).click();
      expect((await calls()).filter((call) => call !== "typed")).toEqual(["send one\ntwo", "send three"]);
      expect(await focused()).toBe("Message");
    });
  });

  test("It grows with its text up to a limit, and says when little is left", async () => {
    await on("room", async (page) => {
      const field = page.getByRole("textbox", { name: "Message", exact: true });
      const height = async () => (await field.boundingBox())?.height ?? 0;
      const low = await height();
      await field.fill("a\nb\nc\nd");
      expect(await height()).toBeGreaterThan(low * 2);
      await field.fill("line\n".repeat(200));
      expect(await height()).toBeLessThan(330);
      await field.fill("é".repeat(4000));
      expect(await page.locator("#composer-left").textContent()).toContain("192 bytes left");
      await field.fill("é".repeat(4097));
      expect(await page.locator("#composer-left").textContent()).toContain("2 bytes too long");
    });
  });
});

describe("The keyboard", () => {
  test("A dialog closes with Esc, and the focus is where it was", async () => {
    await on("room", async (page) => {
      await page.getByRole("button", { name: "Join a room" }).focus();
      await page.keyboard.press("Enter");
      expect(
        await page.getByLabel("Room", { exact: true }).evaluate((field) => field === document.activeElement),
      ).toBe(true);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      expect(await focused()).toBe("Join a room");
    });
  });

  test("A dialog that was opened from a menu gives the focus back to the menu's button", async () => {
    await on("popover-me-menu", async (page) => {
      await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
      await page.getByRole("heading", { name: "Keyboard shortcuts" }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("heading", { name: "Keyboard shortcuts" }).waitFor({ state: "detached" });
      expect(await focused()).toContain("Profile and settings");
    });
  });

  test("A room that was joined in the dialog is ready to be written to", async () => {
    await on("room", async (page) => {
      await page.getByRole("button", { name: "Join a room" }).click();
      await page.keyboard.type("kitchen");
      await page.keyboard.press("Enter");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      expect(await calls()).toEqual(["join kitchen"]);
      expect(await focused()).toBe("Message");
    });
  });

  test("A refused name is told in the dialog, with the suggestion", async () => {
    await on("dialog-rename", async (page) => {
      await page.evaluate(() => {
        gallery.app.answer.value = {
          key: "problem.name-taken",
          values: { name: "Budi" },
          suggestion: "Budi 2",
        };
      });
      await page.getByLabel("Your name", { exact: true }).fill("Budi");
      await page.keyboard.press("Enter");
      const take = page.getByRole("button", { name: "Use Budi 2" });
      await take.waitFor();
      await page.evaluate(() => {
        gallery.app.answer.value = null;
      });
      await take.click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
      expect(await calls()).toEqual(["rename Budi", "rename Budi 2"]);
    });
  });
});

describe("The rooms of the server", () => {
  const all = { name: "All rooms" };

  test("Their host sees more of them on demand, and comes back to them from what is done with one", async () => {
    await on("dialog-all", async (page) => {
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("listitem").nth(99).waitFor();
      expect(await dialog.getByRole("listitem").count()).toBe(100);
      await dialog.getByRole("button", { name: "Show more" }).click();
      await dialog.getByText("Kelas 120", { exact: true }).waitFor();
      expect(await dialog.getByRole("listitem").count()).toBe(123);
      expect(await dialog.getByRole("button", { name: "Show more" }).count()).toBe(0);

      await dialog.getByRole("button", { name: "Delete Kelas 7", exact: true }).click();
      await page
        .getByRole("dialog", { name: "Delete Kelas 7?" })
        .getByRole("button", { name: "Delete" })
        .click();
      await page.getByRole("dialog", all).waitFor();
      await dialog.getByRole("button", { name: "Change the key of Kelas 4", exact: true }).click();
      await page.getByLabel("Room key").fill("three green cats");
      await page.keyboard.press("Enter");
      await page.getByRole("dialog", all).waitFor();
      await dialog.getByRole("button", { name: "Open Kelas 4 to everybody", exact: true }).click();
      await page.getByRole("button", { name: "Open to everybody" }).click();
      await page.getByRole("dialog", all).waitFor();
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      expect(await calls()).toEqual([
        "delete Kelas 7",
        "rekey Kelas 4 three green cats",
        "rekey Kelas 4 null",
      ]);
    });
  });

  test("What was done with one of them does not come back for the room that is shown", async () => {
    await on("dialog-all", async (page) => {
      await page.getByRole("button", { name: "Delete Kelas 7", exact: true }).click();
      await page.getByRole("dialog", { name: "Delete Kelas 7?" }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog", all).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.getByRole("button", { name: "More about this room" }).click();
      await page.getByRole("button", { name: "Delete this room" }).click();
      await page.getByRole("dialog", { name: "Delete Balai Desa?" }).waitFor();
    });
  });
});

test("A question about the last room goes with it, and does not wait for the next one", async () => {
  await on("dialog-delete", async (page) => {
    const question = page.getByRole("dialog", { name: "Delete Balai Desa?" });
    await question.waitFor();
    const show = (screen: "login" | "rooms") =>
      page.evaluate((next) => {
        gallery.app.screen.value = next;
      }, screen);
    await show("login");
    await page.getByRole("heading", { name: "Come in" }).waitFor();
    await show("rooms");
    await page.getByRole("log").waitFor();
    expect(await question.count()).toBe(0);
  });
});

describe("A room that one is not in", () => {
  const leave = { name: "Leave this room" };

  async function parts(page: Page) {
    const count = async (name: string) => page.getByRole("button", { name, exact: true }).count();
    return {
      composer: await page.getByRole("textbox").count(),
      said: await page.getByText("Nothing has been said yet").count(),
      begins: await page.getByText("This is where").count(),
      attach: await count("Attach"),
      invite: await count("Invite"),
      key: await count("Enter the key"),
    };
  }
  const none = { composer: 0, said: 0, begins: 0, attach: 0, invite: 0 };

  test("An empty one that one is in offers all that these do not", async () => {
    const one = { composer: 1, said: 1, attach: 1, invite: 1, begins: 0, key: 0 };
    expect(await on("empty", parts)).toEqual(one);
  });

  test("It says that its key is needed, and takes it or is left", async () => {
    await on("out-closed", async (page) => {
      await page.getByRole("alert").getByText("Balai Desa is closed. Enter its key").waitFor();
      expect(await parts(page)).toEqual({ ...none, key: 1 });
      await page.getByRole("button", leave).click();
      await page.getByRole("button", { name: "Enter the key" }).click();
      await page.getByLabel("Room key").fill("three green cats");
      await page.keyboard.press("Enter");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      const made = (await calls()).filter((call) => !call.startsWith("askAbout"));
      expect(made).toEqual(["leave Balai Desa", "unlock Balai Desa three green cats"]);
    });
  });

  test("It says that one was removed, below what one has read, and is left", async () => {
    await on("out-removed", async (page) => {
      await page.getByRole("alert").getByText("You were removed from Balai Desa").waitFor();
      await page.getByText("You are a hero.").waitFor();
      expect(await parts(page)).toEqual({ ...none, begins: 1, key: 0 });
      await page.getByRole("button", leave).waitFor();
    });
  });

  test("It says who deleted it, and goes from the list, with a question while lines wait", async () => {
    await on("out-deleted", async (page) => {
      await page.getByRole("alert").getByText("Budi Santoso deleted Balai Desa").waitFor();
      expect(await parts(page)).toEqual({ ...none, begins: 1, key: 0 });
      await page.getByRole("button", { name: "Take it off the list" }).click();
      await page.getByRole("dialog", { name: "Leave Balai Desa?" }).waitFor();
    });
  });
});

describe("The head and the list", () => {
  test("An invite line is copied, and it says so", async () => {
    await on("popover-invite", async (page) => {
      await page.getByRole("button", { name: "Copy pendopo --connect 10.8.0.3" }).click();
      await page.getByText("Copied").waitFor();
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("pendopo --connect 10.8.0.3");
    });
  });

  test("An invite names one line as one, and a closed room's key as needed", async () => {
    const key = "It is closed: tell them its key as well.";
    await on("popover-invite", async (page) => {
      const panel = page.getByRole("dialog", { name: "Invite others" });
      await panel.getByText("with one of these lines:").waitFor();
      expect(await panel.getByText(key).count()).toBe(0);
    });
    await on("popover-invite-closed", async (page) => {
      const panel = page.getByRole("dialog", { name: "Invite others" });
      await panel.getByText("with this line:").waitFor();
      await panel.getByText(key).waitFor();
    });
  });

  test("What can be done with somebody is told by each icon, to those who see it too", async () => {
    await on("popover-people-managed", async (page) => {
      for (const name of ["Write to Siti", "Remove Siti", "Free the name Made"]) {
        const button = page.getByRole("dialog").getByRole("button", { name, exact: true });
        expect(await button.getAttribute("title")).toBe(name);
      }
    });
  });

  test("That a name is free stands apart from the button below it", async () => {
    await on("dialog-free-this", async (page) => {
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("button", { name: "Free name" }).click();
      const said = await dialog.getByText("The name Made is free now").boundingBox();
      const button = await dialog.locator(".button").boundingBox();
      expect((button?.y ?? 0) - ((said?.y ?? 0) + (said?.height ?? 0))).toBeGreaterThan(8);
    });
  });

  test("A narrow window shows the list or the room", async () => {
    await on(
      "room",
      async (page) => {
        expect(await page.getByRole("navigation").count()).toBe(0);
        await page.getByRole("button", { name: "All rooms" }).click();
        await page.getByRole("button", { name: /Rapat panitia/ }).click();
        await page.getByRole("heading", { name: "Rapat panitia" }).waitFor();
        expect(await page.getByRole("navigation").count()).toBe(0);
      },
      { width: 390, height: 844 },
    );
  });

  test("A banner says which hop failed, and tries again when told to", async () => {
    await on("waiting", async (page) => {
      const banner = page.getByRole("status").filter({ hasText: "The server cannot be reached" });
      await banner.getByText(/Next try in \d+ s/).waitFor();
      await banner.getByRole("button", { name: "Try now" }).click();
      expect(await calls()).toEqual(["retryNow"]);
    });
    await on("stopped", async (page) => {
      await page.getByText("This program has stopped").waitFor();
      await page.getByText("This room is read-only now").waitFor();
    });
  });

  test("A room on a server of 2021 says what that server cannot, and does not offer it", async () => {
    const people = { name: /people here/ };
    await on("room", async (page) => {
      await page.getByRole("button", people).waitFor();
      expect(await page.getByText("This is a server of the 2021 assignment").count()).toBe(0);
    });
    await on("legacy", async (page) => {
      await page.getByText("This is a server of the 2021 assignment").waitFor();
      expect(await page.getByRole("button", people).count()).toBe(0);
    });
  });

  test("A chosen theme wins over the system's", async () => {
    const back = (page: Page) =>
      page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await on("room", back, { theme: "light" });
    const dark = await on("room", back, { theme: "dark" });
    expect(light).not.toBe(dark);
  });
});
