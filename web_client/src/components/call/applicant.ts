/** What is wrong with the applicant's data, before the server says so. */

import { serverNow } from "@/protocol/clock";
import { isPhone } from "@/components/common/phone";
import type { ApplicantBody } from "@/protocol/generated";

/** The same patterns as the message type's. */
const ANY_NUMBER = /^[0-9A-Za-z()-]{5,20}$/;
const NUMBER_OF_18 = /^[1-9][0-9]{16}[0-9Xx]$/;
const NUMBER_OF_15 = /^[1-9][0-9]{14}$/;

/** GB 11643-1999: weights of the first 17 digits, and the check digit for each remainder modulo 11. */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS = "10X98765432";

export interface ApplicantTroubles {
  phone: boolean;
  idNumber: boolean;
}

/** Empty fields are fine: everything about the applicant is optional. */
export function applicantTroubles(applicant: ApplicantBody): ApplicantTroubles {
  return {
    phone: Boolean(applicant.phone) && !isPhone(applicant.phone as string),
    idNumber: Boolean(applicant.id_number) && !isDocumentNumber(applicant.id_number as string, applicant.id_kind ?? "resident"),
  };
}

function isDocumentNumber(text: string, kind: NonNullable<ApplicantBody["id_kind"]>): boolean {
  if (kind === "other") return ANY_NUMBER.test(text);
  if (NUMBER_OF_15.test(text)) return isBirth(`19${text.slice(6, 12)}`);
  return NUMBER_OF_18.test(text) && checkDigit(text) === text[17]!.toUpperCase() && isBirth(text.slice(6, 14));
}

function checkDigit(text: string): string {
  return CHECKS[WEIGHTS.reduce((sum, weight, index) => sum + weight * Number(text[index]), 0) % 11]!;
}

function isBirth(day: string): boolean {
  const iso = `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
  const born = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(born.getTime()) && born.toISOString().startsWith(iso) && day >= "1850" && born.getTime() <= serverNow();
}
