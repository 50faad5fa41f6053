/** What may be sent as a file; the server checks it again, by its bytes. */

/** Ends of names that are taken, as `<input accept>` wants them. */
export const FILE_ENDS = ".pdf,.ofd,.jpg,.jpeg,.png,.doc,.docx,.xls,.xlsx,.wps,.et,.txt";
/** Largest file, in bytes. */
const LARGEST = 12 * 1024 * 1024;

export function tooLarge(file: File): boolean {
  return file.size > LARGEST;
}
