// As `../servers.test.mjs`, with the lowest versions of the libraries.
import { before } from "node:test";
import { inEachBrowser } from "../../page/harness.mjs";
import { buildServers } from "../pages.mjs";
import { testLibraries } from "../servers.mjs";

before(buildServers);

inEachBrowser((world) => testLibraries(world, "lowest"));
