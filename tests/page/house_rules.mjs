// SPDX-License-Identifier: GPL-3.0-or-later
// The rules of the house for the modules of the page. Usage: node house_rules.mjs FOLDER
// Says each breach, and exits with 1 if there is one.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const FILE_LINES = 400;
const FUNCTION_LINES = 70;
const COLUMNS = 110;
// What makes markup or code of a text. Elements are made in one place.
const FORBIDDEN = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/;
const MAKES_ELEMENTS = /createElement|createElementNS/;

const folder = process.argv[2];
const breaches = [];

function breach(file, text) {
    breaches.push(`${file}: ${text}`);
}

function importsOf(text) {
    const found = [];
    for (const [, names, file] of text.matchAll(/^import \{([^}]*)\} from "\.\/([^"]*)";$/gm)) {
        found.push({ file, names: names.split(",").map((name) => name.trim()).filter(Boolean) });
    }
    return found;
}

// The names that a module declares at its top, and how many lines each takes.
function declarationsOf(text) {
    const lines = text.split("\n");
    const found = [];
    lines.forEach((line, i) => {
        const match = line.match(
            /^(export )?(?:async )?(?:function\*?|class|const|let|var) ([A-Za-z_$][\w$]*)/);
        if (match === null) {
            return;
        }
        const isFunction = /\bfunction\b/.test(line.slice(0, match[0].length));
        const end = lines.findIndex((other, j) => j >= i && /^[}\])]/.test(other));
        found.push({ name: match[2], exported: Boolean(match[1]), isFunction, lines: end - i + 1 });
    });
    return found;
}

function checkText(file, text) {
    if (!text.startsWith("// SPDX-License-Identifier: GPL-3.0-or-later\n")) {
        breach(file, "its first line is not the licence's");
    }
    text.split("\n").forEach((line, i) => {
        if (FORBIDDEN.test(line)) {
            breach(file, `line ${i + 1}: a text could become markup or code: ${line.trim()}`);
        }
        if (file !== "dom.js" && MAKES_ELEMENTS.test(line)) {
            breach(file, `line ${i + 1}: elements are made by dom.js: ${line.trim()}`);
        }
        if (/^(export )?(let|var) /.test(line)) {
            breach(file, `line ${i + 1}: a global that changes: ${line.trim()}`);
        }
        if (line.length > COLUMNS) {
            breach(file, `line ${i + 1} has ${line.length} columns; at most ${COLUMNS}`);
        }
        if (/^import /.test(line) && /\bas\b|\*/.test(line)) {
            breach(file, `line ${i + 1}: an import that bundle.sh does not know`);
        }
    });
    const count = text.split("\n").length - 1;
    if (count > FILE_LINES) {
        breach(file, `${count} lines; at most ${FILE_LINES}`);
    }
}

function checkDeclarations(modules) {
    const declared = new Map();
    for (const [file, module] of modules) {
        for (const one of module.declarations) {
            if (declared.has(one.name)) {
                breach(file, `${one.name} is declared in ${declared.get(one.name)}, too; ` +
                    "modules become one script");
            }
            declared.set(one.name, file);
            if (one.isFunction && one.lines > FUNCTION_LINES) {
                breach(file, `${one.name} has ${one.lines} lines; at most ${FUNCTION_LINES}`);
            }
        }
    }
}

// texts: of the modules and of what else uses them.
function checkImports(modules, texts) {
    const used = new Set();
    for (const [file, module] of modules) {
        for (const { file: other, names } of module.imports) {
            const exported = modules.get(other)?.declarations.filter((one) => one.exported) ?? [];
            for (const name of names) {
                used.add(name);
                if (!exported.some((one) => one.name === name)) {
                    breach(file, `${other} exports no ${name}`);
                }
                const uses = module.text.match(new RegExp(`\\b${name.replace("$", "\\$")}\\b`, "g"));
                if (uses.length < 2) {
                    breach(file, `${name} is imported and not used`);
                }
            }
        }
    }
    for (const text of texts) {
        text.match(/[A-Za-z_$][\w$]*/g)?.forEach((name) => used.add(name));
    }
    for (const [file, module] of modules) {
        for (const { name, exported } of module.declarations) {
            if (exported && !used.has(name)) {
                breach(file, `${name} is exported, and nobody imports it`);
            }
        }
    }
}

function checkCircles(modules) {
    const done = new Set();
    function visit(file, path) {
        if (path.includes(file)) {
            breach(file, `a circle of imports: ${[...path, file].join(" -> ")}`);
            return;
        }
        if (!done.has(file)) {
            for (const { file: other } of modules.get(file)?.imports ?? []) {
                visit(other, [...path, file]);
            }
            done.add(file);
        }
    }
    for (const file of modules.keys()) {
        visit(file, []);
    }
}

function readAll(place, ending) {
    return new Map(readdirSync(place).filter((name) => name.endsWith(ending)).sort()
        .map((name) => [name, readFileSync(join(place, name), "utf8")]));
}

const modules = new Map();
for (const [file, text] of readAll(folder, ".js")) {
    checkText(file, text);
    modules.set(file, { text, imports: importsOf(text), declarations: declarationsOf(text) });
}
checkDeclarations(modules);
checkImports(modules, readAll(import.meta.dirname ?? new URL(".", import.meta.url).pathname, ".mjs").values());
checkCircles(modules);
breaches.forEach((text) => console.log(text));
console.log(`${modules.size} modules of the page, ${breaches.length} breaches of the rules`);
process.exit(breaches.length > 0 ? 1 : 0);
