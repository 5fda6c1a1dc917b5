import type { Context } from 'fabric-contract-api';
import { LedgerContract, evaluate, submit } from '../ledger/index.js';
import { bindDevice, getDevice, unbindDevice } from './devices.js';
import { found, readConsortium } from './found.js';
import { approveMembership } from './memberships.js';
import { confirmMerge, mergePatients } from './merges.js';
import { addPatientKey, revokePatientKey } from './patient-keys.js';
import { confirmPatient, getPatient, getRegistration, registerPatient } from './patients.js';
import {
  approvePractitioner,
  declinePractitioner,
  getPractitioner,
  leavePractitioner,
  reinstatePractitioner,
  requestPractitioner,
  suspendPractitioner,
} from './practitioners.js';
import { confirmRelation, endRelation, getRelation, recordRelation } from './relations.js';
import { closeTreatment, getTreatment, openTreatment } from './treatments.js';

/** Who there is: organisations, practitioners, patients and their keys, relations, devices, treatments. */
export class DirectoryContract extends LedgerContract {
  constructor() {
    super('directory');
  }

  async found(ctx: Context, input: string) {
    return submit(ctx, 'directory:found', input, found);
  }

  async consortium(ctx: Context, input: string) {
    return evaluate(ctx, 'directory:consortium', input, readConsortium);
  }

  async approveMembership(ctx: Context, input: string) {
    return submit(ctx, 'directory:approveMembership', input, approveMembership);
  }

  async requestPractitioner(ctx: Context, input: string) {
    return submit(ctx, 'directory:requestPractitioner', input, requestPractitioner);
  }

  async approvePractitioner(ctx: Context, input: string) {
    return submit(ctx, 'directory:approvePractitioner', input, approvePractitioner);
  }

  async declinePractitioner(ctx: Context, input: string) {
    return submit(ctx, 'directory:declinePractitioner', input, declinePractitioner);
  }

  async suspendPractitioner(ctx: Context, input: string) {
    return submit(ctx, 'directory:suspendPractitioner', input, suspendPractitioner);
  }

  async reinstatePractitioner(ctx: Context, input: string) {
    return submit(ctx, 'directory:reinstatePractitioner', input, reinstatePractitioner);
  }

  async leavePractitioner(ctx: Context, input: string) {
    return submit(ctx, 'directory:leavePractitioner', input, leavePractitioner);
  }

  async getPractitioner(ctx: Context, input: string) {
    return evaluate(ctx, 'directory:getPractitioner', input, getPractitioner);
  }

  async registerPatient(ctx: Context, input: string) {
    return submit(ctx, 'directory:registerPatient', input, registerPatient);
  }

  async confirmPatient(ctx: Context, input: string) {
    return submit(ctx, 'directory:confirmPatient', input, confirmPatient);
  }

  async getRegistration(ctx: Context, input: string) {
    return evaluate(ctx, 'directory:getRegistration', input, getRegistration);
  }

  async getPatient(ctx: Context, input: string) {
    return evaluate(ctx, 'directory:getPatient', input, getPatient);
  }

  async addPatientKey(ctx: Context, input: string) {
    return submit(ctx, 'directory:addPatientKey', input, addPatientKey);
  }

  async revokePatientKey(ctx: Context, input: string) {
    return submit(ctx, 'directory:revokePatientKey', input, revokePatientKey);
  }

  async mergePatients(ctx: Context, input: string) {
    return submit(ctx, 'directory:mergePatients', input, mergePatients);
  }

  async confirmMerge(ctx: Context, input: string) {
    return submit(ctx, 'directory:confirmMerge', input, confirmMerge);
  }

  async recordRelation(ctx: Context, input: string) {
    return submit(ctx, 'directory:recordRelation', input, recordRelation);
  }

  async confirmRelation(ctx: Context, input: string) {
    return submit(ctx, 'directory:confirmRelation', input, confirmRelation);
  }

  async endRelation(ctx: Context, input: string) {
    return submit(ctx, 'directory:endRelation', input, endRelation);
  }

  async bindDevice(ctx: Context, input: string) {
    return submit(ctx, 'directory:bindDevice', input, bindDevice);
  }

  async getRelation(ctx: Context, input: string) {
    return evaluate(ctx, 'directory:getRelation', input, getRelation);
  }

  async unbindDevice(ctx: Context, input: string) {
    return submit(ctx, 'directory:unbindDevice', input, unbindDevice);
  }

  async getDevice(ctx: Context, input: string) {
    return evaluate(ctx, 'directory:getDevice', input, getDevice);
  }

  async openTreatment(ctx: Context, input: string) {
    return submit(ctx, 'directory:openTreatment', input, openTreatment);
  }

  async closeTreatment(ctx: Context, input: string) {
    return submit(ctx, 'directory:closeTreatment', input, closeTreatment);
  }

  async getTreatment(ctx: Context, input: string) {
    return evaluate(ctx, 'directory:getTreatment', input, getTreatment);
  }
}
