import { describe, expect, it } from 'vitest';
import { findStaff } from '../../../src/core/staff.ts';

const lists = {
  adminEmails: ['Ann@Example.org', 'both@example.org'],
  viewerEmails: ['both@example.org', 'eve@example.org'],
};

describe('who may use the admins’ pages', () => {
  it('P8: those who are configured, under the address as configured, however it was typed', () => {
    expect(findStaff(lists, ' ann@EXAMPLE.org ')).toEqual({ email: 'Ann@Example.org', role: 'admin' });
    expect(findStaff(lists, 'eve@example.org')).toEqual({ email: 'eve@example.org', role: 'viewer' });
  });

  it('P8: named twice, the greater role counts', () => {
    expect(findStaff(lists, 'both@example.org')?.role).toBe('admin');
  });

  it('P8: nobody else, and nobody at all where nobody is named', () => {
    for (const address of ['', 'ann', 'ann@example.org.evil.net', 'xann@example.org', '*'])
      expect(findStaff(lists, address)).toBeNull();
    expect(findStaff({ adminEmails: [], viewerEmails: [] }, '')).toBeNull();
  });
});
