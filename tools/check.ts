// make check: types, lint and format, unused code; all of them, whichever fails.

const CHECKS = {
  types: ["tsc"],
  "lint and format": [
    "biome",
    "ci",
    "--error-on-warnings",
    `--colors=${process.stderr.isTTY ? "force" : "off"}`,
  ],
  "unused code": ["knip"],
};

const runs = Object.entries(CHECKS).map(([name, command]) => ({
  name,
  child: Bun.spawn([process.execPath, "run", ...command], {
    stdout: "pipe",
    stderr: "pipe",
    stdin: "ignore",
  }),
}));

const failed: string[] = [];
for (const { name, child } of runs) {
  const output = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  if ((await child.exited) === 0) continue;
  console.error(output.join("").trimEnd());
  failed.push(name);
}

if (failed.length > 0) {
  console.error(`Cannot pass: ${failed.join(", ")} (make format mends what it can)`);
  process.exit(1);
}
console.log(`${Object.keys(CHECKS).join(", ")}: fine`);
