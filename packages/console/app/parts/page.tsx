/** A page: its heading takes the focus when the page changes, so that a screen reader says where it is. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface PageProps {
  title: string;
  /** Names what is shown, where that is more than the title: another name is another page. */
  subject?: string;
  /** Controls beside the heading. */
  controls?: ComponentChildren;
  children: ComponentChildren;
}

let isFirstPage = true;

export function Page({ title, subject = '', controls, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – Throughline`;
  }, [title]);
  useEffect(() => {
    // The page that a reader opens begins at its beginning.
    if (!isFirstPage) heading.current?.focus();
    isFirstPage = false;
    scrollTo(0, 0);
  }, [subject]);
  return (
    <div class="page">
      <div class="page-head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {controls === undefined ? null : <div class="controls">{controls}</div>}
      </div>
      {children}
    </div>
  );
}

interface CardProps {
  title: string;
  /** Beside the title. */
  aside?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}

export function Card({ title, aside, class: className = '', children }: CardProps) {
  return (
    <section class={`card ${className}`}>
      <div class="card-head">
        <h2>{title}</h2>
        {aside === undefined ? null : <div class="card-aside">{aside}</div>}
      </div>
      {children}
    </section>
  );
}
