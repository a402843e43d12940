// Prints what each piece of the package weighs, and ends with status 1 when one is over its budget
// (.ci/budget.json). Gzip at level 9 and brotli at 11 are what static hosts serve.
import { existsSync, readFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const root = new URL("../", import.meta.url);
const { "//": _comment, ...budgets } = JSON.parse(readFileSync(new URL(".ci/budget.json", root), "utf8"));

const rows = [["piece", "file", "raw", "gzip", "brotli", "budget (gzip)", "left"]];
const over = [];
for (const [name, { piece, gzip: budget }] of Object.entries(budgets)) {
  const file = new URL(`pkg/${name}`, root);
  if (!existsSync(file)) {
    console.error(`sizes: pkg/${name} is not there: run \`make package\``);
    process.exit(1);
  }
  const bytes = readFileSync(file);
  const gzip = gzipSync(bytes, { level: 9 }).length;
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length;
  rows.push([piece, name, ...[bytes.length, gzip, brotli, budget, budget - gzip].map((n) => n.toLocaleString("en"))]);
  if (gzip > budget) over.push(`${piece} (${name}) is ${gzip - budget} B over its budget of ${budget} B`);
}

const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
for (const row of rows) {
  console.log(row.map((cell, column) => column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])).join("  "));
}
for (const message of over) console.error(`sizes: ${message}`);
process.exit(over.length > 0 ? 1 : 0);
