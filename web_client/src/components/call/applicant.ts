/** What is wrong with the applicant's data, before the server says so. */

import type { ApplicantBody } from "@/protocol/generated";

/** The same patterns as the message type's. */
const PHONE = /^[0-9+ -]{5,20}$/;
const ID_NUMBER = /^[0-9]{17}[0-9Xx]$/;

export interface ApplicantTroubles {
  phone: boolean;
  idNumber: boolean;
}

/** Empty fields are fine: everything about the applicant is optional. */
export function applicantTroubles(applicant: ApplicantBody): ApplicantTroubles {
  return {
    phone: Boolean(applicant.phone) && !PHONE.test(applicant.phone as string),
    idNumber: Boolean(applicant.id_number) && !ID_NUMBER.test(applicant.id_number as string),
  };
}

export function isPhone(text: string): boolean {
  return PHONE.test(text);
}
