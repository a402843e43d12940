// Shared modules are there only behind an `import()`: everything else is in start.js.
import("./start.js");
