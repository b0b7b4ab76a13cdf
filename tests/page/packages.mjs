// SPDX-License-Identifier: GPL-3.0-or-later
// Where plots/page/fetch.sh has unpacked a package of npm.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../build/npm", import.meta.url));

// The folder of the one version of the package "name" that is there.
export function packageFolder(name) {
    const found = readdirSync(FOLDER).filter((entry) => entry.match(`^${name}-[0-9.]*[0-9]$`));
    if (found.length !== 1) {
        throw new Error(`${FOLDER} has ${found.length} versions of ${name}: make viewer fetches it`);
    }
    return `${FOLDER}/${found[0]}`;
}
