// Reads a JSON list of EPCIS documents, and writes for each the list of what is wrong with it.
const { createRequire } = require("module");
const { readFileSync } = require("fs");

// the packages lie in the folder that this runs in
const { validateEpcisDocument } = createRequire(process.cwd() + "/")("epcis2.js");

const documents = JSON.parse(readFileSync(0, "utf8"));
const problems = documents.map((document) => validateEpcisDocument(document, false).errors);
process.stdout.write(JSON.stringify(problems));
