// Runs the target `schedule:build` of angular.json. The Angular CLI would do the same, and bring more packages along.
import { Architect } from "@angular-devkit/architect";
import { WorkspaceNodeModulesArchitectHost } from "@angular-devkit/architect/node/index.js";
import { logging, schema, workspaces } from "@angular-devkit/core";
import { NodeJsSyncHost } from "@angular-devkit/core/node/index.js";

const here = import.meta.dirname;
const registry = new schema.CoreSchemaRegistry();
registry.addPostTransform(schema.transforms.addUndefinedDefaults);
const { workspace } = await workspaces.readWorkspace(here, workspaces.createWorkspaceHost(new NodeJsSyncHost()));
const architect = new Architect(new WorkspaceNodeModulesArchitectHost(workspace, here), registry);

const logger = new logging.Logger("build");
logger.subscribe(({ level, message }) => {
  if (level !== "info" && level !== "debug") console.error(message);
});
const run = await architect.scheduleTarget({ project: "schedule", target: "build" }, {}, { logger });
const { success, error } = await run.lastOutput;
await run.stop();
if (!success) {
  console.error(error ?? "The build failed.");
  process.exit(1);
}
