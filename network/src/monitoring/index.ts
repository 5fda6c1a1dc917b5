/** What Prometheus and Grafana need to watch a home's nodes, from its topology and `config/monitoring`. */
export { monitoringFiles, type MonitoringFiles } from './monitoring-files.js';
