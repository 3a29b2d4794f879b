// Builds the bundles of apps as a bench does: public/**/*.bundle.{js,ts,css,scss} of each app becomes
// assets/<app>/dist/{js,css}/<name>.bundle.<hash>.{js,css}, and assets.json says where each one is.
//
//   node build.js '{"engine": …/frappe, "assets": …/sites/assets, "apps": {"name": "path of its package"}}'
//
// Run in the folder that holds node_modules.

const fs = require("fs");
const path = require("path");
const url = require("url");
const crypto = require("crypto");
const { createRequire } = require("module");

const local = createRequire(path.join(process.cwd(), "package.json"));
const esbuild = local("esbuild");
const sass = local("sass");
const vue = local("esbuild-plugin-vue3");

const options = JSON.parse(process.argv[2]);
const NODE_MODULES = path.join(process.cwd(), "node_modules");
const FRAPPE = options.engine;

// Imports of the engine that no registry has; what they would add is not used here.
const ABSENT = new Set(["frappe-quill-image-resize"]);
const ABSENT_STYLES = new Set(["plyr/dist/plyr"]);
const SKIPPED_BUNDLES = new Set(["sentry.bundle.js"]);

const SUFFIXES = ["", ".js", ".ts", ".vue", ".html", ".bundle.js", "/index.js"];

function existing(base) {
	return SUFFIXES.map((suffix) => base + suffix).find(
		(file) => fs.existsSync(file) && fs.statSync(file).isFile()
	);
}

function packageFile(name, rest) {
	const root = name === "frappe" ? FRAPPE : options.apps[name];
	return root && existing(path.join(root, rest));
}

const resolve = {
	name: "resolve",
	setup(build) {
		build.onResolve({ filter: /.*/ }, (args) => {
			if (args.kind === "entry-point" || args.pluginData === "resolved") return;
			// packages find their own parts, the browser's variants included
			if (args.importer.startsWith(NODE_MODULES)) return;
			if (args.path.startsWith("/assets/") || args.kind === "url-token") {
				return args.path.startsWith("/") ? { path: args.path, external: true } : undefined;
			}
			if (ABSENT.has(args.path)) return { path: args.path, namespace: "absent" };
			if (args.path.startsWith(".")) {
				const file = existing(path.join(args.resolveDir, args.path));
				return file ? { path: file } : undefined;
			}
			const [name, ...rest] = args.path.split("/");
			if (args.path.startsWith("frappe/public/node_modules/")) {
				return { path: path.join(NODE_MODULES, ...rest.slice(2)) };
			}
			const file = rest.length && packageFile(name, rest.join("/"));
			if (file) return { path: file };
			return build.resolve(args.path, { resolveDir: process.cwd(), pluginData: "resolved" });
		});
		build.onLoad({ filter: /.*/, namespace: "absent" }, () => ({ contents: "export default class {}" }));
	},
};

// Templates become entries of frappe.templates, as in Frappe's own build: pasted as a template literal, in which \' is '.
const html = {
	name: "html",
	setup(build) {
		build.onLoad({ filter: /\.html$/ }, (args) => {
			const text = fs
				.readFileSync(args.path, "utf8")
				.replace(/\s+/g, " ")
				.replace(/<!--.*?-->/g, "");
			const name = path.basename(args.path, ".html");
			return {
				contents: `frappe.templates[${JSON.stringify(name)}] = \`${text.replace(/`/g, "\\`")}\`;`,
				loader: "js",
			};
		});
	},
};

const scss = {
	name: "scss",
	setup(build) {
		build.onLoad({ filter: /\.scss$/ }, (args) => {
			const importer = {
				findFileUrl(name) {
					const wanted = name.replace(/^~/, "");
					if (ABSENT_STYLES.has(wanted)) return url.pathToFileURL(path.join(__dirname, "empty.css"));
					const [app, ...rest] = wanted.split("/");
					const root = app === "frappe" ? FRAPPE : options.apps[app];
					if (rest[0] === "public" && rest[1] === "node_modules") {
						return url.pathToFileURL(path.join(NODE_MODULES, ...rest.slice(2)));
					}
					if (root && rest.length) return url.pathToFileURL(path.join(root, ...rest));
					return url.pathToFileURL(path.join(NODE_MODULES, wanted));
				},
			};
			const result = sass.compile(args.path, {
				importers: [importer],
				loadPaths: [path.dirname(args.path), path.join(FRAPPE, "public/scss")],
				logger: sass.Logger.silent,
				quietDeps: true,
			});
			return { contents: result.css, loader: "css", resolveDir: path.dirname(args.path) };
		});
	},
};

function bundles(folder) {
	return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
		const file = path.join(folder, entry.name);
		if (entry.isDirectory()) return ["node_modules", "dist"].includes(entry.name) ? [] : bundles(file);
		return /\.bundle\.(js|ts|css|scss)$/.test(entry.name) && !SKIPPED_BUNDLES.has(entry.name) ? [file] : [];
	});
}

async function bundle(app, file) {
	const kind = /css$/.test(file) ? "css" : "js";
	const name = path.basename(file).replace(/\.(scss|css|ts|js)$/, "");
	const result = await esbuild.build({
		entryPoints: [file],
		outfile: path.join(options.assets, app, "dist", kind, `${name}.${kind}`),
		bundle: true,
		minify: true,
		write: false,
		logLevel: "silent",
		target: "es2017",
		// every bundle adds to the one global of the Desk
		banner: kind === "js" ? { js: "window.frappe = window.frappe || {};" } : {},
		define: {
			"process.env.NODE_ENV": '"production"',
			__VUE_OPTIONS_API__: "true",
			__VUE_PROD_DEVTOOLS__: "false",
		},
		nodePaths: [NODE_MODULES],
		loader: Object.fromEntries(
			[".png", ".svg", ".gif", ".woff", ".woff2", ".ttf", ".eot", ".otf"].map((e) => [e, "dataurl"])
		),
		plugins: [vue({ isProd: true }), resolve, html, scss],
	});
	const entries = {};
	for (const output of result.outputFiles) {
		const extension = path.extname(output.path).slice(1);
		const hash = crypto.createHash("sha256").update(output.contents).digest("hex").slice(0, 8);
		const relative = `${app}/dist/${extension}/${name}.${hash}.${extension}`;
		const target = path.join(options.assets, relative);
		fs.mkdirSync(path.dirname(target), { recursive: true });
		fs.writeFileSync(target, output.contents);
		// styles that a script imports belong to the page that shows it, under the script's name
		entries[`${name}.${extension}`] = `/assets/${relative}`;
	}
	return entries;
}

async function main() {
	const manifest = path.join(options.assets, "assets.json");
	const map = fs.existsSync(manifest) ? JSON.parse(fs.readFileSync(manifest)) : {};
	const failures = [];
	for (const [app, root] of Object.entries(options.apps)) {
		fs.rmSync(path.join(options.assets, app, "dist"), { recursive: true, force: true });
		for (const [name, file] of Object.entries(map)) {
			if (file.startsWith(`/assets/${app}/`)) delete map[name];
		}
		const folder = path.join(root, "public");
		const found = fs.existsSync(folder) ? bundles(folder) : [];
		await Promise.all(
			found.map((file) =>
				bundle(app, file).then(
					(entries) => Object.assign(map, entries),
					(error) => failures.push(`${file}\n${error.message}`)
				)
			)
		);
	}
	if (failures.length) {
		console.error(failures.join("\n\n"));
		process.exit(1);
	}
	fs.writeFileSync(manifest, JSON.stringify(map, Object.keys(map).sort(), 1));
	console.log(`${Object.keys(map).length} bundles`);
}

main();
