/** Finds and names what is wrong with a home and with what runs of it. */
export { examine, type Diagnosis, type DoctorOptions } from './doctor.js';
export { CHECKS, type Check, type Finding } from './finding.js';
