import { expect, test } from "bun:test";
import { language, t } from "../../../src/ui/models/i18n.ts";
import { until } from "./clock.ts";
import { FakeBrowser } from "./fake-browser.ts";

function fresh(): FakeBrowser {
  const browser = new FakeBrowser();
  browser.bridge = { ...browser.bridge, mode: "start", target: null, canReset: true };
  return browser;
}

test("Hosting from the start page leads to the login, and makes its member the host", async () => {
  const browser = fresh();
  const tab = browser.tab();
  await until(() => tab.app.screen.value === "start");
  expect(browser.relay.sockets.size).toBe(0);
  await tab.app.start.host();
  await tab.enter("Ada", "lobby");
  await until(() => tab.app.me.isHost.value);
});

test("An address that was joined is remembered, one that did not answer is told", async () => {
  const browser = fresh();
  const tab = browser.tab();
  await until(() => tab.app.screen.value === "start");
  tab.app.start.address.value = "10.0.0.9";
  await tab.app.start.join();
  expect(tab.app.start.problem.value).toEqual({
    key: "problem.relay-unreachable",
    values: { address: "10.0.0.9" },
  });
  language.value = "id";
  const { key, values } = tab.app.start.problem.value!;
  expect(t(key, values)).toStartWith("Periksa alamatnya");
  language.value = "en";
  tab.app.start.address.value = " 192.168.1.5 ";
  await tab.app.start.join();
  expect(tab.app.start.problem.value).toBeNull();
  await until(() => tab.app.screen.value === "login");
  expect(tab.app.start.remembered.value).toEqual(["192.168.1.5"]);
  await tab.app.leaveServer();
  expect(tab.reloads).toBe(1);
  tab.reload();
  await until(() => tab.app.screen.value === "start");
  expect(tab.app.start.address.value).toBe("192.168.1.5");
  tab.app.start.forget("192.168.1.5");
  tab.reload();
  expect(tab.app.start.remembered.value).toEqual([]);
});

test("A program that does not answer is told on the start page", async () => {
  const browser = fresh();
  const { app } = browser.tab();
  await until(() => app.screen.value === "start");
  browser.isBridgeUp = false;
  await app.start.host();
  expect(app.start.problem.value?.key).toBe("problem.program");
  expect(app.start.busy.value).toBeNull();
});

test("The language is the browser's until one is chosen, and the theme is kept", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  expect(tab.app.settings.language.value).toBe("en");
  tab.languages = ["ms-MY", "in-ID", "en"];
  tab.reload();
  expect(tab.app.settings.language.value).toBe("id");
  tab.app.settings.theme.value = "dark";
  tab.app.settings.language.value = "en";
  tab.reload();
  expect(tab.app.settings.language.value).toBe("en");
  expect(tab.app.settings.theme.value).toBe("dark");
});
