/** No such group or version: a plain text answer, as Go's mux gives it. */
export class PageNotFound extends Error {
  constructor() {
    super('404 page not found');
  }
}
