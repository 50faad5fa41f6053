/** A small window that stays on top of other programs: Document Picture-in-Picture where the browser has it. */

interface DocumentPictureInPicture {
  requestWindow(options: { width: number; height: number }): Promise<Window>;
}

/** First size of the small window, in CSS px: the specialist above the annotated desktop, buttons below. */
const SIZE = { width: 360, height: 470 };

function api(): DocumentPictureInPicture | null {
  return (window as Window & { documentPictureInPicture?: DocumentPictureInPicture }).documentPictureInPicture ?? null;
}

/** Whether pages may open a window of their own content on top (Chromium 116 and later). */
export function floatingPagesSupported(): boolean {
  return api() !== null;
}

/** Open the window with this page's styles. Call inside a click; rejects when the browser does not allow it. */
export async function openFloatingPage(): Promise<Window> {
  const support = api();
  if (!support) throw new DOMException("no picture-in-picture for documents", "NotSupportedError");
  const small = await support.requestWindow(SIZE);
  small.document.title = document.title;
  small.document.documentElement.lang = document.documentElement.lang;
  for (const node of document.head.querySelectorAll("style, link[rel=stylesheet]")) {
    const copy = node.cloneNode(true) as HTMLElement;
    if (copy instanceof HTMLLinkElement) copy.href = (node as HTMLLinkElement).href;
    small.document.head.append(copy);
  }
  return small;
}
