/** Vite takes stylesheets that a module names into the page. */
declare module '*.css';
