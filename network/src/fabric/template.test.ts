import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fillIn, renderTemplate } from './template.js';

const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
};

describe('a template', () => {
  it('keeps a value one value, whatever is in it', () => {
    const odd = '/with: a "quote" # and \\ more\n';
    expect(parse(fillIn('data: ${data}\nport: ${port}', { data: odd, port: 7051 }, 'x'))).toEqual({
      data: odd,
      port: 7051,
    });
  });

  it('names nothing that is not there, and leaves nothing out', () => {
    expect(codeOf(() => fillIn('a: ${a}', {}, 'x'))).toBe('TEMPLATE_INVALID');
    expect(codeOf(() => fillIn('a: 1', { a: 1 }, 'x'))).toBe('TEMPLATE_INVALID');
    expect(codeOf(() => fillIn('# ${whatever}\na: ${a}', { a: 1 }, 'x'))).toBe('none');
  });

  it('of an orderer becomes YAML whose parts are where they belong', () => {
    const names = [
      'mspId',
      'msp',
      'tlsCertificate',
      'tlsKey',
      'tlsRoots',
      'data',
      'wal',
      'snapshots',
      'admin',
    ];
    const values = Object.fromEntries(names.map((name) => [name, `the ${name}`]));
    const rendered = parse(renderTemplate('orderer.yaml', { ...values, operations: 'here', port: 7050 })) as {
      General: { ListenPort: number; TLS: { RootCAs: string[] } };
      Admin: { TLS: { ClientAuthRequired: boolean } };
    };
    expect(rendered.General).toMatchObject({ ListenPort: 7050, LocalMSPID: 'the mspId' });
    expect(rendered.General.TLS.RootCAs).toEqual(['the tlsRoots']);
    expect(rendered.Admin.TLS.ClientAuthRequired).toBe(true);
  });
});
