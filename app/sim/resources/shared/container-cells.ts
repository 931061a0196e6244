import type { PodTemplateSpec } from '../../../contracts/k8s/index.ts';

/** The CONTAINERS and IMAGES cells of whatever has a template. models printers: layoutContainerCells */
export const containerNames = (template: Readonly<PodTemplateSpec> | undefined): string => (template?.spec?.containers ?? []).map(({ name }) => name).join(',');
export const containerImages = (template: Readonly<PodTemplateSpec> | undefined): string => (template?.spec?.containers ?? []).map(({ image }) => image).join(',');
