// electron-builder's hook: what must not ship is taken out, and what must not be inside stops the build.
const { existsSync, rmSync } = require('node:fs');
const path = require('node:path');
const { listPackage } = require('@electron/asar');

/** In the archive only: built code, its data, the chapters, node-pty. */
const ALLOWED = /^\/(package\.json|out(\/(main|preload|hosts|renderer)(\/.*)?)?|labs(\/.*)?|node_modules(\/@lydell(\/.*)?)?)$/;

exports.default = async function afterPack({ appOutDir, packager }) {
  const resources = packager.getResourcesDir(appOutDir);
  rmSync(path.join(resources, 'default_app.asar'), { force: true });
  const inside = listPackage(path.join(resources, 'app.asar')).map((name) => name.replaceAll('\\', '/'));
  const wrong = inside.filter((name) => !ALLOWED.test(name) || /\.(map|ts|test\.\w+)$/.test(name));
  if (wrong.length > 0) throw new Error(`These do not belong into the app: ${wrong.slice(0, 10).join(', ')}`);
  for (const tool of ['kubectl', 'helm']) if (!existsSync(path.join(resources, 'tools', packager.platform.name === 'windows' ? `${tool}.exe` : tool))) throw new Error(`${tool} is missing in the app.`);
};
