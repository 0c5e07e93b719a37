// Draws the Mermaid diagrams of the Markdown files that it is given, and validates the AsyncAPI documents.

import { readFileSync } from "node:fs";
import Ajv from "ajv";
import { JSDOM } from "jsdom";

const read = (file) => readFileSync(file, "utf8");
let mistakes = 0;

function mistake(file, what) {
  console.error(`${file}: ${what}`);
  mistakes += 1;
}

// Mermaid draws in a browser. This one knows no sizes, so every text gets the same.
const { window } = new JSDOM("<!DOCTYPE html><body></body>", { pretendToBeVisual: true });
const size = { x: 0, y: 0, width: 120, height: 20, top: 0, left: 0, right: 120, bottom: 20 };
window.SVGElement.prototype.getBBox = () => size;
window.SVGElement.prototype.getComputedTextLength = () => size.width;
globalThis.window = window;
globalThis.document = window.document;
globalThis.CSSStyleSheet = class {
  cssRules = [];
  replaceSync() {}
  insertRule() {}
};
const { default: mermaid } = await import("mermaid");
mermaid.initialize({ startOnLoad: false, flowchart: { htmlLabels: false } });

async function draw(file) {
  const diagrams = [...read(file).matchAll(/^```mermaid\n([\s\S]*?)^```$/gm)].map(([, diagram]) => diagram);
  if (diagrams.length === 0) mistake(file, "there is no diagram in it");
  for (const diagram of diagrams) {
    const lines = diagram.trim().split("\n").slice(1);
    const arrows = lines.filter((line) => line.includes("-->")).length;
    try {
      const { svg } = await mermaid.render("diagram", diagram);
      const drawn = new window.DOMParser().parseFromString(svg, "text/html");
      const count = (selector) => drawn.querySelectorAll(selector).length;
      const [nodes, edges] = [count("g.node"), count("path.flowchart-link")];
      if (nodes !== lines.length - arrows || edges !== arrows) {
        mistake(file, `${nodes} boxes and ${edges} arrows are drawn of ${lines.length - arrows} and ${arrows}`);
      }
      console.log(`${file}: ${nodes} boxes and ${edges} arrows are drawn`);
    } catch (error) {
      mistake(file, `a diagram cannot be drawn: ${error.message}\n${diagram}`);
    }
  }
}

const specification = new URL("node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json", import.meta.url);
const isValid = new Ajv({ strict: false, allErrors: true, logger: false }).compile(JSON.parse(read(specification)));

function validate(file) {
  const document = JSON.parse(read(file));
  if (isValid(document)) {
    console.log(`${file}: valid AsyncAPI ${document.asyncapi}`);
  } else {
    for (const { instancePath, message } of isValid.errors) mistake(file, `${instancePath} ${message}`);
  }
}

for (const file of process.argv.slice(2)) {
  if (file.endsWith(".md")) await draw(file);
  else validate(file);
}
process.exit(mistakes === 0 ? 0 : 1);
