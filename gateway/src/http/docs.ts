import type { Express, NextFunction, Request, Response } from 'express';
import swagger from 'swagger-ui-express';
import type { ApiDocument } from './api-document.js';

/** The documentation page at `/docs`, all from this process: it works without the internet. */
export function serveDocs(app: Express, document: ApiDocument): void {
  app.use(
    '/docs',
    (_request: Request, response: Response, next: NextFunction) => {
      response.set({
        'content-security-policy':
          "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
        'cache-control': 'no-cache',
      });
      next();
    },
    swagger.serve,
    swagger.setup(document.json, { customSiteTitle: 'MedAccord gateway' }),
  );
}
