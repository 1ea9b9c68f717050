import { type Phrase, phrasesOf } from './phrase.ts';

const said = 'public collections of bounces';

/** Phrases in languages other than English. */
export const languagePhrases: readonly Phrase[] = [
  ...phrasesOf('mailbox-full', said, [
    '(buzon|casilla|cuenta) … (llen*|cuota|excedid*)',
    'cuota … excedid*',
    '(boite|messagerie) … (pleine|saturee)',
    'quota … depasse*',
    '(postfach|mailbox|benutzer) … (voll|speicherplatz|speichervolumen)',
    '(casella|mailbox) … pien*',
    'caixa … cheia',
    'postbus … vol',
    'ящик … переполнен',
  ]),
  ...phrasesOf('mailbox-closed', said, [
    '(cuenta|casilla|buzon) … (deshabilitad*|desactivad*|inactiv*|expirado|cancelad*)',
    '(compte|adresse|boite) … (desactive*|ferme*|supprime*)',
    '(konto|postfach) … (deaktiviert|geschlossen|geloscht|geloescht)',
  ]),
  ...phrasesOf('suspended', said, ['compte … bloque', '(konto|postfach) … gesperrt']),
  ...phrasesOf('no-mailbox', said, [
    '(usuario|buzon|casilla|destinatario|cuenta|direccion) … (desconocid*|no existe|inexistente|invalid*)',
    'no existe (el|la|ese|ningun) (usuario|buzon|cuenta|destinatario)',
    '(usuario|caixa postal|destinatario|conta|endereco) … (desconhecid*|nao existe|inexistente|invalid*)',
    "(utilisateur|boite|destinataire|compte|adresse)* … (inconnu*|n'existe pas|inexistant*|invalide*)",
    '(benutzer|empfanger|empfaenger|postfach|konto|adresse) … (unbekannt|nicht (gefunden|bekannt|vorhanden)|existiert nicht|ungultig|ungueltig)',
    'unbekannter (benutzer|empfanger|empfaenger)',
    '(utente|casella|destinatario|indirizzo) … (sconosciut*|inesistente|non esiste|non valid*)',
    '(odbiorca|uzytkownik|adres|konto|skrzynka) … (nie istnieje|nieznan*|nie znaleziono)',
    '(gebruiker|postbus|ontvanger|adres) … (onbekend|bestaat niet)',
    '(пользователь|ящик|адресат|получатель) … (не наиден|не существует|неизвестен)',
  ]),
];
