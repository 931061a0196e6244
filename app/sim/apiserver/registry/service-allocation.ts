import type { Random } from '../../../base/clock/index.ts';
import type { IPAddress, Service, ServiceCIDR, ServiceSpec } from '../../../contracts/k8s/index.ts';
import { newInternalError, newInvalid } from '../../machinery/errors.ts';
import type { FieldError } from '../../machinery/field-error.ts';
import { addressAt, DEFAULT_NETWORK, isInUse, isWithin, networksOf, staticBand } from '../../machinery/service-networks.ts';
import type { IPNetwork } from '../../machinery/ip-addresses.ts';
import type { ResourceDefinition } from '../../resources/definition.ts';
import type { ObjectReader, RequestContext } from '../interfaces.ts';
import type { Json } from './registry.ts';

const RANDOM_ATTEMPTS = 64;
const FIRST_PORT = 30_000;
const LAST_PORT = 32_767;
const STATIC_PORTS = 86;

/**
 * Cluster IPs and node ports. models pkg/registry/core/service: Allocators. What is taken is read from the Services
 * themselves, so that there is nothing to repair.
 */
export class ServiceAllocation {
  readonly #reader: ObjectReader;
  readonly #random: Random;

  constructor(reader: ObjectReader, random: Random) {
    this.#reader = reader;
    this.#random = random;
  }

  allocate(definition: ResourceDefinition, next: Json, previous: Json | undefined, context: RequestContext): void {
    if (definition.storage !== 'services/specs' || context.info.subresource === 'status') return;
    const service = next as Service;
    const spec = service.spec!;
    if (spec.type === 'ExternalName') return release(spec);
    refuseOtherFamilies(service);
    spec.ipFamilyPolicy ??= 'SingleStack';
    spec.ipFamilies ??= ['IPv4'];
    const old = (previous as Service | undefined)?.spec;
    spec.clusterIP ??= spec.clusterIPs?.[0] ?? old?.clusterIP;
    if (!spec.clusterIP) spec.clusterIP = context.dryRun ? '10.96.0.0' : this.#freeAddress();
    else if (spec.clusterIP !== 'None' && spec.clusterIP !== old?.clusterIP) this.#claimAddress(service, spec.clusterIP);
    spec.clusterIPs = [spec.clusterIP];
    this.#allocatePorts(service, old);
  }

  #services(): readonly Service[] {
    return this.#reader.list<Service>('services/specs');
  }

  /** The networks that give out addresses: the default one first. */
  #networks(): IPNetwork[] {
    const usable = this.#reader.list<ServiceCIDR>('servicecidrs').filter(isInUse);
    return [...usable].sort((a, b) => Number(b.metadata?.name === DEFAULT_NETWORK) - Number(a.metadata?.name === DEFAULT_NETWORK)).flatMap(networksOf).filter(({ family }) => family === 4);
  }

  /** A random one outside the part that is left for those who choose; then any. models ipallocator: AllocateNext */
  #freeAddress(): string {
    const taken = new Set(this.#services().map((service) => service.spec?.clusterIP));
    const isFree = (address: string): boolean => !taken.has(address) && !this.#reader.get<IPAddress>('ipaddresses', undefined, address);
    for (const network of this.#networks()) {
      const size = 2 ** (32 - network.bits);
      const band = staticBand(size);
      for (let attempt = 0; attempt < RANDOM_ATTEMPTS && size > band + 1; attempt++) {
        const address = addressAt(network, band + this.#random.int(size - band - 1));
        if (isFree(address) && address !== addressAt(network, 0)) return address;
      }
      for (const offset of [...range(band, size - 1), ...range(1, band)]) if (offset > 0 && isFree(addressAt(network, offset))) return addressAt(network, offset);
    }
    throw newInternalError('failed to allocate a serviceIP: range is full');
  }

  #claimAddress(service: Service, address: string): void {
    const refuse = (detail: string): never => {
      throw newInvalid({ group: '', kind: 'Service' }, service.metadata?.name ?? '', [{ type: 'Invalid', field: 'spec.clusterIPs', value: [address], detail }]);
    };
    if (!this.#networks().some((network) => isWithin(network, address))) refuse(`failed to allocate IP ${address}: the provided network does not match the current range`);
    const held = this.#reader.get<IPAddress>('ipaddresses', undefined, address)?.spec?.parentRef;
    const isOwn = held?.resource === 'services' && held.namespace === service.metadata?.namespace && held.name === service.metadata?.name;
    if ((held && !isOwn) || this.#services().some((other) => other.spec?.clusterIP === address)) refuse(`failed to allocate IP ${address}: provided IP is already allocated`);
  }

  #allocatePorts(service: Service, old: ServiceSpec | undefined): void {
    const spec = service.spec!;
    const wantsPorts = spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
    if (!wantsPorts) {
      for (const port of spec.ports ?? []) delete port.nodePort;
      return;
    }
    const own = new Set((old?.ports ?? []).map((port) => port.nodePort));
    const taken = new Set(this.#services().filter((other) => other.metadata?.uid !== service.metadata?.uid).flatMap((other) => (other.spec?.ports ?? []).map((port) => port.nodePort)));
    for (const [index, port] of (spec.ports ?? []).entries()) {
      const before = old?.ports?.find((candidate) => candidate.port === port.port && candidate.protocol === port.protocol)?.nodePort;
      port.nodePort ??= before;
      if (port.nodePort === undefined) port.nodePort = this.#freePort(taken);
      else if (!own.has(port.nodePort)) this.#claimPort(service, index, port.nodePort, taken);
      taken.add(port.nodePort);
    }
  }

  #freePort(taken: ReadonlySet<number | undefined>): number {
    for (let attempt = 0; attempt < 100_000; attempt++) {
      const port = FIRST_PORT + STATIC_PORTS + this.#random.int(LAST_PORT - FIRST_PORT - STATIC_PORTS + 1);
      if (!taken.has(port)) return port;
    }
    throw newInternalError('failed to allocate a nodePort: range is full');
  }

  #claimPort(service: Service, index: number, port: number, taken: ReadonlySet<number | undefined>): void {
    const problem = port < FIRST_PORT || port > LAST_PORT ? `provided port is not in the valid range. The range of valid ports is ${FIRST_PORT}-${LAST_PORT}` : taken.has(port) ? 'provided port is already allocated' : undefined;
    if (problem) throw newInvalid({ group: '', kind: 'Service' }, service.metadata?.name ?? '', [{ type: 'Invalid', field: `spec.ports[${index}].nodePort`, value: port, detail: problem }]);
  }
}

function* range(from: number, to: number): Generator<number> {
  for (let number = from; number < to; number++) yield number;
}

function release(spec: ServiceSpec): void {
  for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const) delete spec[field];
  for (const port of spec.ports ?? []) delete port.nodePort;
}

/** This cluster speaks IPv4 alone. models Allocators.initIPFamilyFields */
function refuseOtherFamilies({ metadata, spec }: Service): void {
  const findings: FieldError[] = [];
  for (const [index, family] of (spec?.ipFamilies ?? []).entries()) if (family === 'IPv6') findings.push({ type: 'Invalid', field: `spec.ipFamilies[${index}]`, value: family, detail: 'not configured on this cluster' });
  if (spec?.ipFamilyPolicy === 'RequireDualStack') findings.push({ type: 'Invalid', field: 'spec.ipFamilyPolicy', value: spec.ipFamilyPolicy, detail: 'this cluster is not configured for dual-stack services' });
  if (findings.length > 0) throw newInvalid({ group: '', kind: 'Service' }, metadata?.name ?? '', findings);
}
