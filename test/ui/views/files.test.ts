import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { useGallery } from "./page.ts";

const { on, calls, focused } = useGallery();
const card = (page: Page, name: string) => page.getByRole("log").locator(".line").filter({ hasText: name });

describe("A file's card", () => {
  test("Its name is the link that takes it, also while it still arrives; a folder's takes a zip", async () => {
    await on("files", async (page) => {
      const links: [string, RegExp][] = [
        [
          "Notulen rapat panitia, revisi terakhir (2).docx",
          /^\/files\/get-ticket\/file-\d+\/Notulen%20rapat%20panitia%2C/,
        ],
        ["Rekaman rapat.mkv", /^\/files\/get-ticket\/file-\d+\/Rekaman%20rapat\.mkv$/],
        ["Foto kegiatan", /^\/folders\/get-ticket\/file-\d+\/Foto%20kegiatan\.zip$/],
      ];
      for (const [name, path] of links) {
        await card(page, name).scrollIntoViewIfNeeded();
        const link = card(page, name).getByRole("link", { name, exact: true });
        expect(await link.getAttribute("href")).toMatch(path);
      }
      expect(await card(page, "laporan.txt").getByRole("link").count()).toBe(0);
    });
  });

  test("It says how far it is, how fast it comes, and what it waits for", async () => {
    await on("files", async (page) => {
      const says: [string, string][] = [
        ["Rekaman rapat.mkv", "4.6 GB · 40% · 38.4 MB/s · 2 min left"],
        ["arsip-lama.tar.gz", "35% · Waiting for Wayan K"],
        ["Peta.pdf", "21% · Paused"],
        ["Denah gedung dan taman.svg", "50% · The server's disk is full"],
        ["Anggaran.xlsx", "64 kB · Next in line"],
        ["laporan.txt", "It changed while it was being sent: send it again"],
        ["Foto kegiatan", "Received by 3"],
      ];
      for (const [name, text] of says) await card(page, name).getByText(text).waitFor({ state: "attached" });
      const bar = page.getByRole("progressbar", { name: "How much of Peta.pdf has arrived" });
      expect(await bar.getAttribute("value")).toBe("2000000");
    });
  });

  test("It is paused, gone on with and cancelled by buttons that say of which file", async () => {
    await on("files", async (page) => {
      for (const name of [
        "Pause Video pembukaan.mp4",
        "Go on with Peta.pdf",
        "Go on with Denah gedung dan taman.svg",
        "Cancel Video pembukaan.mp4",
      ]) {
        await page.getByRole("button", { name, exact: true }).click();
      }
      expect(await page.getByRole("button", { name: "Cancel Rekaman rapat.mkv" }).count()).toBe(0);
      expect(await calls()).toEqual([
        "pause Video pembukaan.mp4",
        "resume Peta.pdf",
        "resume Denah gedung dan taman.svg",
        "cancel Video pembukaan.mp4",
      ]);
    });
  });

  test("R-FILENAME-3: A name that looks like markup is text, and its sum stands behind a word", async () => {
    await on("files", async (page) => {
      const last = card(page, "onerror=alert(1)");
      await last.getByRole("link", { name: '<img src=x onerror=alert(1)> & "quotes".txt' }).waitFor();
      expect(await page.locator(".timeline img").count()).toBe(0);
      await last.getByText("Checked").click();
      await last.getByText("5f7c".repeat(16)).waitFor();
    });
  });

  test("A picture's place is as large before it is there as after", async () => {
    await on("pictures", async (page) => {
      const [whole, arriving] = [card(page, "Balai desa.png"), card(page, "Sampul.jpg")];
      await whole.scrollIntoViewIfNeeded();
      await whole.locator("img").waitFor();
      const [one, other] = [
        await whole.locator(".preview").boundingBox(),
        await arriving.locator(".preview").boundingBox(),
      ];
      expect(Math.abs((one?.height ?? 0) - (other?.height ?? 1))).toBeLessThanOrEqual(1);
      await whole.getByRole("button", { name: "Show Balai desa.png large" }).press("Enter");
      await page.getByRole("dialog", { name: "Balai desa.png" }).getByRole("img").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      expect(await focused()).toBe("Show Balai desa.png large");
    });
  });
});

describe("What is going to be sent", () => {
  test("Each chip can be taken away by key, and what is left is sent with the text", async () => {
    await on("chips", async (page) => {
      const chips = page.getByRole("list", { name: "To be sent" });
      expect(await chips.getByRole("listitem").count()).toBe(4);
      await chips.getByText("There is nothing in this folder").waitFor();
      await chips.getByRole("button", { name: "Take Balai desa.png away" }).press("Enter");
      expect(await focused()).toBe("Message");
      await page.keyboard.press("Enter");
      expect((await calls()).filter((call) => call !== "typed")).toEqual([
        "send Here are the plans Notulen rapat panitia, revisi terakhir (2).docx Foto kegiatan",
      ]);
    });
  });

  test("What is dropped anywhere becomes a chip, and a picture that is pasted gets a name of its own", async () => {
    await on("room", async (page) => {
      for (const [type, name] of [
        ["drop", "plan.txt"],
        ["paste", "image.png"],
      ] as const) {
        await page.getByRole("log").evaluate(
          (log, [type, name]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File(["x"], name, { type: "image/png" }));
            const init = { bubbles: true, cancelable: true };
            log.dispatchEvent(
              type === "drop"
                ? new DragEvent("drop", { ...init, dataTransfer: transfer })
                : new ClipboardEvent("paste", { ...init, clipboardData: transfer }),
            );
          },
          [type, name] as const,
        );
      }
      const chips = page.getByRole("list", { name: "To be sent" });
      await chips.getByText("plan.txt").waitFor();
      await chips.getByText(/^Pasted \d+\.\d\d.*\.png$/).waitFor();
    });
  });

  test("While files hang over the window it says where they would go, and no longer when they are gone", async () => {
    await on("drop", async (page) => {
      await page.getByText("Drop to send to Balai Desa").waitFor();
      await page.evaluate(() => document.body.dispatchEvent(new DragEvent("dragleave", { bubbles: true })));
      await page.getByText("Drop to send to Balai Desa").waitFor({ state: "detached" });
    });
  });

  test("A text that is copied with a picture of itself is pasted as text", async () => {
    await on("room", async (page) => {
      const field = page.getByRole("textbox", { name: "Message" });
      const paste = (text: string | null) =>
        field.evaluate((field, text) => {
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File(["x"], "image.png", { type: "image/png" }));
          if (text !== null) clipboardData.setData("text/plain", text);
          field.dispatchEvent(
            new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }),
          );
        }, text);
      await paste("a table");
      // The picture alone becomes a chip, and would have come behind another one.
      await paste(null);
      const chips = page.getByRole("list", { name: "To be sent" });
      await chips.getByText(/^Pasted/).waitFor();
      expect(await chips.getByRole("listitem").count()).toBe(1);
    });
  });
});

describe("The files of a room", () => {
  test("They are listed newest first, each with a link, and an empty room says so", async () => {
    await on("popover-files", async (page) => {
      const panel = page.getByRole("dialog", { name: "Files" });
      await panel.waitFor();
      const names = await panel.locator(".file-link, .file-name").allTextContents();
      expect(names.slice(1, 3)).toEqual(["salah-kirim.zip", "laporan.txt"]);
      expect(await panel.getByRole("link").count()).toBe(9);
    });
    await on("popover-files-none", async (page) => {
      await page.getByRole("dialog", { name: "Files" }).getByText("No files yet").waitFor();
    });
  });

  test("A folder is searched and taken file by file", async () => {
    await on("dialog-folder", async (page) => {
      const dialog = page.getByRole("dialog", { name: "In Foto kegiatan" });
      await dialog.getByRole("searchbox").waitFor();
      expect(await page.evaluate(() => document.activeElement?.getAttribute("type"))).toBe("search");
      await page.keyboard.type("sore 2041");
      const link = dialog.getByRole("link", { name: "IMG_2041.jpg" });
      expect(await link.getAttribute("href")).toMatch(/\/files\/Sore\/Penutupan\/IMG_2041\.jpg$/);
      await dialog.getByRole("searchbox").fill("nothing like that");
      await dialog.getByText("Nothing in it is called like that").waitFor();
    });
  });

  test("What was stopped by closing the page goes on at a press", async () => {
    await on("unfinished", async (page) => {
      await page.getByRole("heading", { name: "2 files have not arrived yet" }).waitFor();
      await page.getByRole("button", { name: "Go on" }).click();
      await page.getByRole("button", { name: "Cancel Denah" }).click();
      expect(await calls()).toEqual(["ask Rekaman rapat.mp4", "cancel Denah"]);
    });
  });
});

describe("Conversations of two", () => {
  test("They stand under the other one's name, with what is unread, and no invitation", async () => {
    await on("direct", async (page) => {
      const list = page.getByRole("list", { name: "Direct" });
      await list.getByRole("button", { name: "Budi Santoso" }).waitFor();
      await list.getByRole("button", { name: "Siti 2 unread messages" }).click();
      expect(await calls()).toEqual(["show @m1+m3"]);
      await page.getByText("This is between you and Siti").waitFor();
      expect(await page.getByRole("button", { name: "Invite" }).count()).toBe(0);
      // Who is in a room of ours would read it now, though they have not come here yet.
      await page.getByText("here now", { exact: true }).waitFor();
    });
    await on("direct-away", (page) => page.getByText("away", { exact: true }).waitFor());
  });

  test("Everybody in the people list can be written to but oneself, also who is away", async () => {
    await on("popover-people", async (page) => {
      const people = page.getByRole("dialog", { name: "People here" });
      await people.getByRole("button", { name: "Write to Siti" }).waitFor();
      expect(await people.getByRole("button", { name: "Write to Ada" }).count()).toBe(0);
      await people.getByRole("button", { name: "Write to Made" }).press("Enter");
      await people.waitFor({ state: "hidden" });
      expect(await calls()).toEqual(["askAbout Balai Desa", "direct Made"]);
      expect(await focused()).toBe("Message");
    });
  });
});
