export { eventStream, type EventStreamOptions } from './event-stream.js';
