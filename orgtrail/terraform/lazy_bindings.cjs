// Preloaded into the Node process of jsii: see lazy_bindings.py.
"use strict";

const Module = require("node:module");
const threads = require("node:worker_threads");

changeFilesOnTheirWay();
letTheIndexBeWritten();

/** Applies the two changes below to the text of a file that is loaded. Where it isn't as expected, it stays as it is. */
function changeFilesOnTheirWay() {
  const compile = Module.prototype._compile;
  if (typeof compile !== "function") {
    return;
  }
  Module.prototype._compile = function (text, file, ...rest) {
    const used = typeof text === "string" ? withoutStackTraces(withModulesOnFirstUse(text, file), file) : text;
    return compile.call(this, used, file, ...rest);
  };
}

/**
 * The entry file of the AWS bindings loads every module by a line of its own: `exports.<name> = require("./<folder>");`,
 * in CDK Terrain's with `__importStar(…)` around the call. Each such line becomes a getter that loads the module when it
 * is first read. All other lines, and all other files, stay.
 */
function withModulesOnFirstUse(text, file) {
  const entryFile = /[\\/]@cdkt[fn][\\/]provider-aws[\\/]lib[\\/]index\.js$/;
  const eager = /^exports\.(\w+) = (require\("\.\/[^"\\]+"\)|__importStar\(require\("\.\/[^"\\]+"\)\));$/gm;
  const lazy =
    'Object.defineProperty(exports, "$1", { enumerable: true, configurable: true, get() {' +
    " const value = $2;" +
    ' Object.defineProperty(exports, "$1", { enumerable: true, configurable: true, writable: true, value });' +
    " return value; } });";
  return entryFile.test(file) ? text.replace(eager, lazy) : text;
}

/**
 * The library keeps a stack trace of every value that it makes, dozens for each resource: a fifth of a build. They hold
 * lines of JavaScript, jsii's and the library's own, and none of ours, which are in Python.
 */
function withoutStackTraces(text, file) {
  const capture = /[\\/]cdkt[fn][\\/]lib[\\/]tokens[\\/]private[\\/]stack-trace\.js$/;
  const whole = "Error.stackTraceLimit = Number.MAX_SAFE_INTEGER;";
  return capture.test(file) ? text.replace(whole, "Error.stackTraceLimit = 0;") : text;
}

/**
 * After its first start with a version of the bindings, jsii writes an index of their types beside them in its cache,
 * from a worker thread. Without that index every start parses 130 MB of JSON: 2 seconds, 1 GB. But jsii ends with
 * process.exit(), which ends its workers too, so that a short run would never get the index written.
 *
 * No other worker is waited for: those that a user's NODE_OPTIONS start, such as of `--import tsx`, never finish.
 */
function letTheIndexBeWritten() {
  const { getEnvironmentData, isMainThread, setEnvironmentData, Worker } = threads;
  const indexWorker = /[\\/]runtime-index-worker\.js$/;
  const longest = 30_000; // milliseconds
  const name = "orgtrail: workers at work";
  if (isMainThread) {
    const atWork = new Int32Array(new SharedArrayBuffer(4));
    setEnvironmentData(name, atWork);
    threads.Worker = class extends Worker {
      constructor(file, ...rest) {
        super(file, ...rest);
        if (indexWorker.test(file)) {
          Atomics.add(atWork, 0, 1);
        }
      }
    };
    process.on("exit", () => {
      const end = Date.now() + longest;
      for (let left = longest; atWork[0] > 0 && left > 0; left = end - Date.now()) {
        Atomics.wait(atWork, 0, atWork[0], left);
      }
    });
  } else {
    process.on("exit", () => {
      // Asked only now: a preloaded file doesn't see the worker's own file yet.
      if (indexWorker.test(process.argv[1])) {
        const atWork = getEnvironmentData(name);
        Atomics.sub(atWork, 0, 1);
        Atomics.notify(atWork, 0);
      }
    });
  }
}
