import type { Handlers } from '../../operation.js';
import type { DirectoryParts } from './parts.js';

export function organisationUseCases({
  ledger,
  wallet,
}: DirectoryParts): Handlers<'getMe' | 'listOrganisations'> {
  return {
    async getMe({ caller }) {
      const { subject, role, organisation, mspId, binding, expiresAt } = caller;
      const custody = (await wallet.find(subject)) === undefined ? 'client' : 'gateway';
      const until = expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() };
      return { status: 200, body: { subject, role, organisation, mspId, binding, custody, ...until } };
    },
    async listOrganisations({ caller }) {
      const { organisations } = await ledger.evaluate('directory:consortium', {}, { as: caller });
      return { status: 200, body: { items: organisations } };
    },
  };
}
