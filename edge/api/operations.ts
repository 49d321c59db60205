/** What `/api/v1` can do, for its OpenAPI document. */
import type { z } from 'zod';
import { endingSchema } from './endings.ts';
import { interceptList } from './intercepts.ts';
import * as schemas from './schemas.ts';

export interface Operation {
  summary: string;
  /** Parameters of the query: name, whether it is needed. */
  query?: Readonly<Record<string, 'required' | 'optional'>>;
  path?: string | readonly string[];
  body?: z.ZodType;
  answers: Readonly<Record<number, z.ZodType | undefined>>;
  /** Needs no bearer. */
  open?: true;
}

const { errorAnswer } = schemas;
const organisation = { organisation: 'optional' } as const;

export const operations: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/api/v1/me': {
    get: { summary: 'Who the bearer is, and for which organisation', answers: { 200: schemas.me } },
  },
  '/api/v1/clusters': {
    get: {
      summary: 'List the clusters of an organisation; the operator names it',
      query: organisation,
      answers: { 200: schemas.clusterList, 404: errorAnswer },
    },
    post: {
      summary: 'Register a cluster; the answer holds its connector token',
      body: schemas.newCluster,
      answers: { 201: schemas.registeredCluster, 404: errorAnswer, 409: errorAnswer },
    },
  },
  '/api/v1/clusters/{key}': {
    get: {
      summary: 'The shards of a cluster: their tunnels and what is open on them',
      path: 'key',
      answers: { 200: schemas.clusterStatus, 404: errorAnswer },
    },
    patch: {
      summary: 'Spread a cluster over more shards; live previews stay where they are',
      path: 'key',
      body: schemas.changedCluster,
      answers: { 200: schemas.clusterStatus, 404: errorAnswer, 409: errorAnswer },
    },
    delete: {
      summary: 'Remove a cluster with its tokens and previews, and close its tunnel',
      path: 'key',
      answers: { 204: undefined, 404: errorAnswer },
    },
  },
  '/api/v1/intercepts': {
    get: {
      summary: 'List the intercepts of a cluster, with a preview or without',
      query: { cluster: 'required' },
      answers: { 200: interceptList, 404: errorAnswer },
    },
  },
  '/api/v1/intercepts/{cluster}/{id}': {
    delete: {
      summary: 'End an intercept with its previews; its owner’s command line says who did',
      path: ['cluster', 'id'],
      answers: { 204: undefined, 404: errorAnswer, 422: errorAnswer },
    },
  },
  '/api/v1/previews': {
    get: {
      summary: 'List the live previews of a cluster',
      query: { cluster: 'required' },
      answers: { 200: schemas.previewList, 404: errorAnswer },
    },
    post: {
      summary: 'Create a preview; the same intercept and ingress give the same preview',
      body: schemas.newPreview,
      answers: { 201: schemas.preview, 404: errorAnswer, 409: errorAnswer, 422: errorAnswer },
    },
  },
  '/api/v1/previews/{label}/extend': {
    post: {
      summary: 'Let a preview live for as long as a new one would, from now on',
      path: 'label',
      answers: { 200: schemas.preview, 404: errorAnswer },
    },
  },
  '/api/v1/previews/{label}/guests': {
    post: {
      summary: 'Let in somebody who has asked to be, for a time; again, to change how long',
      path: 'label',
      body: schemas.newGuest,
      answers: { 200: schemas.preview, 404: errorAnswer, 409: errorAnswer },
    },
  },
  '/api/v1/previews/{label}/guests/{user}': {
    delete: {
      summary: 'Take that back; it holds for the next request, and what is open closes',
      path: ['label', 'user'],
      answers: { 204: undefined, 404: errorAnswer },
    },
  },
  '/api/v1/previews/{label}/ending': {
    get: {
      summary: 'Why a preview is over, when, and by whose word; known for 90 days',
      path: 'label',
      answers: { 200: endingSchema, 404: errorAnswer },
    },
  },
  '/api/v1/previews/{label}': {
    get: {
      summary: 'One preview',
      path: 'label',
      answers: { 200: schemas.preview, 404: errorAnswer },
    },
    patch: {
      summary: 'Change who may see a preview; it holds for the next request',
      path: 'label',
      body: schemas.changedPreview,
      answers: { 200: schemas.preview, 404: errorAnswer },
    },
    delete: {
      summary: 'End a preview for good; `reason` is `removed` or, with its intercept, `left`',
      path: 'label',
      query: { reason: 'optional' },
      answers: { 204: undefined, 404: errorAnswer },
    },
  },
  '/api/v1/tokens': {
    get: {
      summary:
        'List tokens, never with secrets: all for owners of the organisation, else one’s own',
      query: organisation,
      answers: { 200: schemas.tokenList, 404: errorAnswer },
    },
    post: {
      summary: 'Make a token; the answer holds its secret, once',
      body: schemas.newToken,
      answers: { 201: schemas.madeToken, 404: errorAnswer },
    },
  },
  '/api/v1/tokens/{id}/rotate': {
    post: {
      summary: 'Give a token a new secret and a new life; the former secret stays good for a while',
      path: 'id',
      body: schemas.rotation,
      answers: { 200: schemas.madeToken, 404: errorAnswer },
    },
  },
  '/api/v1/tokens/{id}': {
    delete: {
      summary: 'Revoke a token, with all of its secrets, at once',
      path: 'id',
      answers: { 204: undefined, 404: errorAnswer },
    },
  },
  '/api/v1/policy': {
    get: {
      summary: 'What the organisation allows',
      query: organisation,
      answers: { 200: schemas.policy, 404: errorAnswer },
    },
    patch: {
      summary: 'Change what the organisation allows; every preview knows when the answer comes',
      query: organisation,
      body: schemas.policyChange,
      answers: { 200: schemas.policy, 404: errorAnswer },
    },
  },
  '/api/v1/stop-all': {
    post: {
      summary: 'Make every public preview of the organisation private, and allow no others',
      query: organisation,
      answers: { 200: schemas.policy, 404: errorAnswer },
    },
  },
  '/api/v1/audit': {
    get: {
      summary: 'Who did what, newest first; `since` is a time, `cursor` the `next` of a page',
      query: {
        ...organisation,
        actor: 'optional',
        action: 'optional',
        since: 'optional',
        limit: 'optional',
        cursor: 'optional',
      },
      answers: { 200: schemas.auditPage, 404: errorAnswer },
    },
  },
  '/api/v1/oidc': {
    post: {
      summary: 'A job of GitHub Actions gets a token for one preview, for 15 minutes',
      body: schemas.workflowProof,
      answers: { 201: schemas.madeToken, 404: errorAnswer },
      open: true,
    },
  },
};
