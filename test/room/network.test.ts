import { expect, test } from "bun:test";
import { networkOf } from "../../src/room/network.ts";

test("An IPv4 address is a network of its own, however it is written", () => {
  expect(networkOf("192.168.1.5")).toBe("192.168.1.5");
  expect(networkOf("::ffff:192.168.1.5")).toBe("192.168.1.5");
  expect(networkOf("::ffff:c0a8:105")).toBe("192.168.1.5");
});

test("IPv6 addresses are told apart by their first 64 bits", () => {
  expect(networkOf("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
  expect(networkOf("2001:db8:1:2::9")).toBe("2001:db8:1:2::/64");
  expect(networkOf("2001:db8:1:3::9")).not.toBe(networkOf("2001:db8:1:2::9"));
  expect(networkOf("fe80::1%eth0")).toBe("fe80:0:0:0::/64");
  expect(networkOf("::1")).toBe("0:0:0:0::/64");
  expect(networkOf("2001:db8::")).toBe("2001:db8:0:0::/64");
  expect(networkOf("64:ff9b::192.168.1.5")).toBe("64:ff9b:0:0::/64");
});
