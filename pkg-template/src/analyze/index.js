#!/usr/bin/env node
// The package's command line: what the crate's does, by the same code, compiled to WebAssembly.
import { COMMANDS, run } from "./run.js";

const USAGE = `usage: forebay <command>

  analyze   reads an app's sources: what it asks for, where, and on which route
  link      makes one manifest of several apps' fragments, and what a page loads of it
  report    says what apps ask for twice, and what each route costs

\`forebay <command> --help\` says more. Models and policies are the crate's: \`cargo install forebay --features analyze\`.`;

const [command, ...rest] = process.argv.slice(2);
if (COMMANDS.includes(command)) {
  process.exitCode = run(command, process.cwd(), rest);
} else if (command === undefined || ["help", "--help", "-h"].includes(command)) {
  console.log(USAGE);
} else {
  console.error(`error: there is no command \`${command}\`\n\n${USAGE}`);
  process.exitCode = 2;
}
