// Who may import whom (design: the house). Tests may look anywhere.
const TEST = '\\.test\\.ts$|/testing\\.ts$';
const rule = (name, from, to, comment) => ({ name, comment, severity: 'error', from: { pathNot: TEST, ...from }, to: { dependencyTypesNot: ['type-only'], ...to } });

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: { path: '^(app|renderer)/', pathNot: TEST }, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    rule('contracts-import-nothing', { path: '^app/contracts/' }, { path: '^(app/(?!contracts/)|renderer/|node:)' }, 'What crosses processes depends on nobody.'),
    rule('base-imports-contracts', { path: '^app/base/' }, { path: '^(app/(?!base/|contracts/)|renderer/)' }, 'The base knows no product.'),
    rule('renderer-imports-contracts', { path: '^renderer/' }, { path: '^app/(?!contracts/)' }, 'The window talks through the bridge.'),
    rule('only-hosts-wire', { path: '^app/(sim|kind|contexts|terminal|lab-engine)/' }, { path: '^app/(main|preload|hosts)/' }, 'Areas do not know who starts them.'),
    rule('sim-stands-alone', { path: '^app/sim/' }, { path: '^app/(kind|contexts|terminal|lab-engine)/' }, 'Areas do not know each other.'),
    rule('providers-stand-alone', { path: '^app/(kind|contexts)/' }, { path: '^app/(sim|terminal|lab-engine)/' }, 'A provider knows the port, not its neighbours.'),
    rule('machinery-and-etcd-at-the-bottom', { path: '^app/sim/(machinery|etcd)/' }, { path: '^app/sim/(?!machinery/|etcd/)' }, 'Nothing above may be needed below.'),
    rule('machinery-knows-no-store', { path: '^app/sim/machinery/' }, { path: '^app/sim/etcd/' }, 'Machinery is pure.'),
    rule('resources-and-client-on-machinery', { path: '^app/sim/(resources|client)/([^/]+)' }, { path: '^app/sim/(?!machinery/|resources/|client/)' }, 'Kinds and clients stand on machinery.'),
    rule('components-only-know-the-api', { path: '^app/sim/(controllers|scheduler|cloud-controller|kube-proxy)/' }, { path: '^app/sim/(apiserver(-loops)?|etcd|kubelet|container-runtime)/' }, 'Parts meet at the API only.'),
    rule('apiserver-loops-use-the-door', { path: '^app/sim/apiserver-loops/' }, { path: '^app/sim/(apiserver/|etcd|controllers|scheduler|kubelet|kube-proxy|container-runtime|network)' }, 'Loops inside the API server go through its door too.'),
    rule('kubelet-speaks-cri', { path: '^app/sim/kubelet/' }, { path: '^app/sim/(apiserver|etcd|controllers|scheduler|container-runtime/(?!cri\\.ts))' }, 'The kubelet knows the runtime by its interface.'),
    rule('apiserver-knows-the-store-interface', { path: '^app/sim/apiserver/' }, { path: '^app/sim/(etcd/(?!store\\.ts)|client|apiserver-loops|controllers|scheduler|kubelet|kube-proxy|container-runtime|network)' }, 'The API server serves; it knows no component.'),
  ],
  options: { doNotFollow: { path: 'node_modules' }, exclude: { path: '(^|/)(out|node_modules|\\.cache)/' }, tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.base.json' }, enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.json'] } },
};
