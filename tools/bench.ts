// make bench: every file of bench/, one after the other, so that none disturbs another's figures.
//
//     bun tools/bench.ts [FILE...]

const chosen = process.argv.slice(2);
const files = chosen.length > 0 ? chosen : Array.from(new Bun.Glob("bench/*.ts").scanSync(".")).sort();

if (files.length === 0) {
  console.error("Cannot measure: bench/ holds no benchmark");
  process.exit(1);
}

const failed: string[] = [];
for (const file of files) {
  console.log(`\n# ${file}`);
  const code = await Bun.spawn([process.execPath, file], { stdio: ["ignore", "inherit", "inherit"] }).exited;
  if (code !== 0) failed.push(file);
}
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(", ")}`);
  process.exit(1);
}
