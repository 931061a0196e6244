// The diagram while about a hundred messages a second cross it: frames a second, and the longest one.
import { main, rounded } from './measure.ts';
import { withApp } from './window.ts';

const SECONDS = 10;
/** As text: the window knows nothing of what a compiler would weave in. */
const FRAMES = `new Promise((resolve) => {
  const gaps = [];
  let last = performance.now();
  const end = last + ${SECONDS} * 1000;
  requestAnimationFrame(function onFrame(at) {
    gaps.push(at - last);
    last = at;
    if (at < end) requestAnimationFrame(onFrame);
    else resolve(gaps.slice(1));
  });
})`;

main(() => withApp(async ({ window }) => {
  await window.terminal.type('while true; do kubectl create configmap busy; kubectl delete configmap busy; done >/dev/null 2>&1 &');
  await window.terminal.type('kubectl create deployment web --image=registry.k8s.io/pause:3.10 --replicas=20; while true; do kubectl delete pod -l app=web --wait=false; sleep 1; done >/dev/null 2>&1 &');
  await window.page.waitForTimeout(3_000);
  const frames = await window.page.evaluate<number[]>(FRAMES);
  await window.terminal.type('kill $(jobs -p); kubectl delete deployment web');
  return { framesPerSecond: rounded(frames.length / SECONDS), longestFrameMs: rounded(Math.max(...frames)), framesOver50Ms: frames.filter((ms) => ms > 50).length };
}));
