import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * A folder for a new chapter, after the last one: small, complete, and passing every proof, so that an author changes
 * something that works. @throws when the name is none or is taken
 */
export function newChapter(folder: string, name: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) throw new Error(`${name} is no name for a chapter: lower-case letters, digits and dashes`);
  const there = readdirSync(folder).filter((entry) => /^\d{3}-/.test(entry));
  if (there.some((entry) => entry.slice(4) === name)) throw new Error(`there is a chapter ${name} already`);
  const number = Math.max(0, ...there.map((entry) => Number(entry.slice(0, 3)))) + 1;
  const made = path.join(folder, `${String(number).padStart(3, '0')}-${name}`);
  for (const inner of ['files', 'manifests']) mkdirSync(path.join(made, inner), { recursive: true });
  writeFileSync(path.join(made, 'chapter.md'), chapterText(name));
  return made;
}

const chapterText = (name: string): string => `---
apiVersion: lab/v1alpha1
kind: Chapter
id: ${name}
title: "${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll('-', ' ')}"
minutes: 10
difficulty: beginner
backends: [sim]
cluster: { workers: 2, images: ["nginx:1.27"] }
steps:
  - id: create
    checks:
      - { id: runs, assert: { kind: Pod, metadata: { name: first, namespace: default }, status: { phase: Running } }, failure_message: "No Pod first runs in default yet." }
    hints: ["kubectl run takes a name and --image."]
    solve: ["kubectl run first --image=nginx:1.27"]
quiz:
  - { question: "Who chose the node of the Pod?", answer: "kube-scheduler", distractors: ["the kubelet", "etcd"], hints: ["describe tells, under Events."] }
---
What is this chapter about, in two sentences? Then let the learner see it.

\`\`\`sh
kubectl run NAME --image=IMAGE
\`\`\`

:::predict{step=create answer="Pending, then Running"}
What will STATUS say?
:::

:::task{#create}
Create Pod \`first\` with image \`nginx:1.27\`.
:::

:::diagram{focus="kube-scheduler,kubelet"}
Where to look.
:::

:::quiz
:::

:::debrief
The one sentence that should stay.
:::
`;
