import { describe, expect, it } from 'vitest';
import { checkDatabases, databasesFromTemplate } from './databases.js';

describe('databases on a server of the user', () => {
  it('puts each organisation into the template', () => {
    expect(
      databasesFromTemplate('postgresql://{organisation}:p@db:5432/x_{organisation}', [
        'hospital-a',
        'lab-b',
      ]),
    ).toEqual([
      { organisation: 'hospital-a', url: 'postgresql://hospital_a:p@db:5432/x_hospital_a' },
      { organisation: 'lab-b', url: 'postgresql://lab_b:p@db:5432/x_lab_b' },
    ]);
  });

  it.each([
    ['postgres://db/one', /write {organisation} into it/],
    ['mysql://db/{organisation}', /begins with mysql:, not postgres:/],
    ['postgres://db:5432/?x={organisation}', /names no database/],
    ['{organisation}', /is not a URL/],
  ])('refuses %s', (template, message) => {
    expect(() => databasesFromTemplate(template, ['a', 'b'])).toThrow(message);
  });

  it('names a database that cannot be reached, without its password', async () => {
    const url = 'postgres://me:secret@127.0.0.1:1/medaccord_a';
    const attempt = checkDatabases([{ organisation: 'a', url }]);
    await expect(attempt).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringMatching(
        /^the database of a \(medaccord_a at 127.0.0.1:1\) cannot be used: .*ECONNREFUSED/,
      ),
    });
    await expect(attempt).rejects.not.toThrow(/secret/);
  });
});
